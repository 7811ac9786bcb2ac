package io.github.hanllama.pytorch;

import java.lang.System.Logger.Level;
import java.util.Optional;

/** Settings that DJL reads from the environment or from system properties. What the application has set stays as it is. */
final class DjlSettings {
    private static final System.Logger LOG = System.getLogger(DjlSettings.class.getPackageName());

    private DjlSettings() {}

    /** As DJL looks for it: the environment wins. */
    static Optional<String> find(String name) {
        return Optional.ofNullable(System.getenv(name))
                .or(() -> Optional.ofNullable(System.getProperty(name)))
                .filter(value -> !value.isBlank());
    }

    /** No call home, no download; before the first use of DJL. */
    static void forbidNetwork() {
        if (find("DJL_OFFLINE").isEmpty()) {
            setUnlessSet("ai.djl.offline", "true");
        }
        setUnlessSet("OPT_OUT_TRACKING", "true");
    }

    static void setUnlessSet(String name, String value) {
        if (find(name).isEmpty()) {
            System.setProperty(name, value);
            LOG.log(Level.DEBUG, "set {0}={1}", name, value);
        }
    }
}
