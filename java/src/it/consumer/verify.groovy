def lines = new File(basedir, 'build.log').readLines()

// The example ran twice, on the module path and on the class path, and printed the same right numbers.
def printed = lines.findAll { it.startsWith('[-1.2247') }
assert printed.size() == 2
assert printed[0] == printed[1]

// No backend is lost on the module path.
def ladders = lines.findAll { it.startsWith('serving: ') }
assert ladders.size() == 2
assert ladders[0] == ladders[1]
