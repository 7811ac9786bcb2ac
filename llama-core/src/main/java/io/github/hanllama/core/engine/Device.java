package io.github.hanllama.core.engine;

/**
 * Where a model's weights lie and its arithmetic runs.
 *
 * <pre>{@code
 * Device.parse("cuda:1"); // also "cuda", "cpu", "auto"
 * }</pre>
 */
public sealed interface Device {
    /** A graphics processor that works and has room for the model, else the processor. */
    Device AUTO = new Auto();

    Device CPU = new Cpu();

    /** As the engine finds best. */
    record Auto() implements Device {
        @Override
        public String toString() {
            return "auto";
        }
    }

    /** The processor. */
    record Cpu() implements Device {
        @Override
        public String toString() {
            return "cpu";
        }
    }

    /** A graphics processor of NVIDIA, by the number its driver gives it. */
    record Cuda(int index) implements Device {
        public Cuda {
            if (index < 0) {
                throw new IllegalArgumentException("the number of a device must be >= 0, was " + index);
            }
        }

        @Override
        public String toString() {
            return "cuda:" + index;
        }
    }

    /** Reads {@code auto}, {@code cpu}, {@code cuda} (the first) or {@code cuda:N}. */
    static Device parse(String text) {
        return switch (text) {
            case "auto" -> AUTO;
            case "cpu" -> CPU;
            case "cuda" -> new Cuda(0);
            default -> {
                if (!text.matches("cuda:[0-9]{1,4}")) {
                    throw new IllegalArgumentException("a device is auto, cpu, cuda or cuda:N, was \"" + text + "\"");
                }
                yield new Cuda(Integer.parseInt(text.substring("cuda:".length())));
            }
        };
    }
}
