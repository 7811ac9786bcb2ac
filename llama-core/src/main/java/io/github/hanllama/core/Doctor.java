package io.github.hanllama.core;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import io.github.hanllama.core.adapter.AdapterKind;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.engine.cpu.HugePages;
import io.github.hanllama.quant.JvmCheck;
import io.github.hanllama.quant.Kernels;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at the JVM and the machine. */
final class Doctor {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final String COMPACT_HEADERS = "UseCompactObjectHeaders";

    private Doctor() {}

    static DoctorReport examine() {
        boolean vector = ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
        boolean hugePages =
                HugePages.permitted() || !HugePages.offered(); // before an engine loads native code, which permits it
        List<Engine> installed = Engines.available();
        List<Engine> unusable =
                installed.stream().filter(engine -> !engine.status().usable()).toList();
        List<String> engines = installed.stream()
                .filter(engine -> !unusable.contains(engine))
                .map(Engine::name)
                .toList();
        return new DoctorReport(
                Runtime.version() + " (" + System.getProperty("java.vendor") + ", " + System.getProperty("java.vm.name")
                        + ")",
                System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory(),
                memoryBytes(),
                vector,
                Kernels.description(),
                engines,
                AdapterKinds.installed().stream().map(AdapterKind::name).toList(),
                flagsToAdd(vector, hugePages),
                warnings(JvmCheck.warning(), compactHeaders(), engines, unusable));
    }

    static List<String> flagsToAdd(boolean vector, boolean hugePages) {
        List<String> flags = new ArrayList<>();
        if (!vector) {
            flags.add("--add-modules " + VECTOR_MODULE);
        }
        if (!hugePages) {
            flags.add(HugePages.flag());
        }
        return flags;
    }

    static List<String> warnings(
            Optional<String> jvm, boolean compactHeaders, List<String> engines, List<Engine> unusable) {
        List<String> warnings = new ArrayList<>();
        jvm.ifPresent(warnings::add);
        if (compactHeaders) {
            warnings.add("-XX:+" + COMPACT_HEADERS
                    + " is on; remove it: on JDK 25 it can corrupt text and tokens (JDK-8380060).");
        }
        if (engines.isEmpty()) {
            warnings.add("No engine is installed; models can be merged and written but not run.");
        }
        unusable.forEach(engine -> warnings.add("The engine " + engine.name() + " cannot run: "
                + engine.status().sentence() + "."));
        return warnings;
    }

    private static boolean compactHeaders() {
        try {
            return ManagementFactory.getPlatformMXBeans(HotSpotDiagnosticMXBean.class).stream()
                    .map(hotspot -> hotspot.getVMOption(COMPACT_HEADERS).getValue())
                    .anyMatch(Boolean::parseBoolean);
        } catch (IllegalArgumentException e) {
            return false; // a JVM that does not know the flag
        }
    }

    private static long memoryBytes() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }
}
