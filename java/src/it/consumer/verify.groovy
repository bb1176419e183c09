// The example ran twice, on the module path and on the class path, and printed the same right numbers.
def printed = new File(basedir, 'build.log').readLines().findAll { it.startsWith('[-1.2247') }
assert printed.size() == 2
assert printed[0] == printed[1]
