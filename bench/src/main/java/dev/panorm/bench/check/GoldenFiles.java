package dev.panorm.bench.check;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.io.SafeTensors;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Cases from a folder of golden files, one SafeTensors file each. */
final class GoldenFiles {

  private GoldenFiles() {}

  /** Returns the golden files of a folder by name. */
  static List<Path> list(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new NotDirectoryException(folder.toString());
    }
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, "*.safetensors")) {
      stream.forEach(files::add);
    }
    files.sort(null);
    return files;
  }

  /** Loads a case. */
  static Case load(Path path, Scope scope) throws IOException {
    try (SafeTensors file = SafeTensors.open(path)) {
      Map<String, Tensor> tensors = new HashMap<>();
      for (String name : file.names()) {
        tensors.put(name, file.load(name, scope));
      }
      for (String key : List.of("op", "variant", "results")) {
        if (!file.metadata().containsKey(key)) {
          throw new IOException(path + ": is no golden file: its metadata has no '" + key + "'");
        }
      }
      return new Case(String.valueOf(path.getFileName()), file.metadata(), tensors);
    }
  }
}
