package dev.panorm.bench.compare;

import dev.panorm.bench.task.Task;
import dev.panorm.ffi.Downcalls;
import dev.panorm.ffi.LargePages;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Map;

/**
 * The floor: a copy that reads and writes as many bytes as the task cannot avoid, half each, in as
 * many threads as the others have. So it needs as much of the caches as the task does. Its memory
 * has the pages that Panorm's tensors have.
 */
final class CopyContender implements Contender {

  /** Parts begin at cache lines. */
  private static final long STEP = 128;

  /** Below this a second thread costs more than it copies. */
  private static final long WORTH_SHARING = 1 << 17;

  private final Way way;
  private Team team = new Team(1);

  CopyContender(Way way) {
    this.way = way;
  }

  /** How to copy. */
  enum Way {
    /** {@link MemorySegment#copy}. */
    RUNTIME {
      @Override
      void copy(MemorySegment from, MemorySegment to) {
        to.copyFrom(from);
      }
    },
    /** The C library's memcpy, which streams past the caches what is too large for them. */
    MEMCPY {
      @Override
      void copy(MemorySegment from, MemorySegment to) {
        Memcpy.copy(from, to);
      }
    };

    abstract void copy(MemorySegment from, MemorySegment to);
  }

  /** The C function. */
  private static final class Memcpy {

    private static final MethodHandle HANDLE =
        Downcalls.bind(
            Linker.nativeLinker().defaultLookup(),
            "memcpy",
            FunctionDescriptor.of(
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG));

    static void copy(MemorySegment from, MemorySegment to) {
      try {
        MemorySegment _ = (MemorySegment) HANDLE.invokeExact(to, from, from.byteSize());
      } catch (Throwable e) {
        throw Downcalls.unexpected(e);
      }
    }
  }

  @Override
  public String name() {
    return way == Way.RUNTIME ? "copy" : "copy-" + way.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public void open(int threads) {
    team = new Team(threads);
  }

  @Override
  public Map<String, String> details() {
    return Map.of("threads", Integer.toString(team.size()));
  }

  @Override
  public Call call(Task task) {
    if (task.bytes() == 0) {
      throw new UnavailableException("memory is not its limit");
    }
    Arena memory = Arena.ofShared(); // Panorm's pool would keep it for later tasks
    MemorySegment from = LargePages.allocate(memory, task.bytes() / 2);
    MemorySegment to = LargePages.allocate(memory, task.bytes() / 2);
    for (long i = 0; i + Long.BYTES <= from.byteSize(); i += Long.BYTES) {
      from.set(ValueLayout.JAVA_LONG, i, i + 1); // zeros are written faster
    }
    return new Copy(memory, work(from, to));
  }

  private Runnable work(MemorySegment from, MemorySegment to) {
    long bytes = from.byteSize();
    if (bytes < WORTH_SHARING) {
      return () -> way.copy(from, to);
    }
    long chunk = (bytes / team.size() + STEP - 1) / STEP * STEP;
    MemorySegment[] sources = new MemorySegment[team.size()];
    MemorySegment[] targets = new MemorySegment[team.size()];
    for (int part = 0; part < team.size(); part++) {
      long start = Math.min(bytes, part * chunk);
      long size = Math.min(bytes - start, chunk);
      sources[part] = from.asSlice(start, size);
      targets[part] = to.asSlice(start, size);
    }
    Team.Task copy = part -> way.copy(sources[part], targets[part]);
    return () -> team.run(copy);
  }

  private final class Copy implements Call {

    private final Arena memory;
    private final Runnable work;

    Copy(Arena memory, Runnable work) {
      this.memory = memory;
      this.work = work;
    }

    @Override
    public String backend() {
      return way.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void run() {
      work.run();
    }

    @Override
    public void close() {
      memory.close();
    }
  }

  @Override
  public void close() {
    team.close();
  }
}
