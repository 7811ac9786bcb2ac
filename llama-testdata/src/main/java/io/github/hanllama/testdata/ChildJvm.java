package io.github.hanllama.testdata;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Processes that run a class of the tests, to be killed or to compete. */
public final class ChildJvm {
    private ChildJvm() {}

    /** With everything on its class path that this process has on its class or module path; a small one that starts fast. */
    public static ProcessBuilder of(Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC"));
        String data = System.getProperty("hanllama.testdata");
        if (data != null) {
            command.add("-Dhanllama.testdata=" + data);
        }
        command.addAll(List.of("-cp", classPath(), main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    private static String classPath() {
        List<String> classes = List.of(
                System.getProperty("java.class.path"),
                System.getProperty("jdk.module.path", ""),
                Path.of("target", "test-classes").toAbsolutePath().toString(),
                Path.of("target", "classes").toAbsolutePath().toString());
        return String.join(File.pathSeparator, classes);
    }

    /** As {@code kill -9} does; waits until it is gone. */
    public static void kill(Process process) throws IOException, InterruptedException {
        if (!process.destroyForcibly().waitFor(10, TimeUnit.SECONDS)) {
            throw new IOException("process " + process.pid() + " does not end");
        }
    }
}
