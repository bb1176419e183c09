package dev.panorm.bench.info;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.panorm.backend.Backends;
import dev.panorm.bench.Commands;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class InfoCommandTest {

  @Test
  void everyBackendIsListedWithWhatServes() {
    Commands info = Commands.run("info");
    assertEquals(0, info.code());
    for (String backend : Backends.names()) {
      assertTrue(info.out().contains("\n  " + backend), info.out());
    }
    assertTrue(info.out().contains("processor"), info.out());
    assertTrue(info.out().matches("(?s).*norm +float32 +\\w+.*"), info.out());
    assertTrue(info.out().contains(" declines: "), info.out());
  }

  @Test
  void jsonHasWhatPeopleSee() throws IOException {
    Commands info = Commands.run("info", "--json");
    assertEquals(0, info.code());
    try (JsonParser json = new JsonFactory().createParser(info.out())) {
      while (json.nextToken() != null) {
        json.currentToken();
      }
    }
    for (String field : new String[] {"machine", "environment", "threads", "backends", "chosen"}) {
      assertTrue(info.out().contains("\"" + field + "\""), info.out());
    }
    for (String backend : Backends.names()) {
      assertTrue(info.out().contains("\"name\" : \"" + backend + "\""), info.out());
    }
  }

  @Test
  void aForcedLadderIsSaid() {
    try {
      Backends.force("reference");
      Commands info = Commands.run("info");
      assertTrue(info.out().contains("(forced: reference)"), info.out());
    } finally {
      Backends.force();
    }
  }
}
