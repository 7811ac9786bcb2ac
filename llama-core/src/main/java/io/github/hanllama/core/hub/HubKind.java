package io.github.hanllama.core.hub;

/** The hubs whose protocols are spoken. */
public enum HubKind {
    /** huggingface.co and its mirrors. */
    HUGGING_FACE("hf", "main"),
    /** modelscope.cn and modelscope.ai. */
    MODEL_SCOPE("ms", "master");

    private final String scheme;
    private final String defaultRevision;

    HubKind(String scheme, String defaultRevision) {
        this.scheme = scheme;
        this.defaultRevision = defaultRevision;
    }

    /** What a {@link HubId} of this hub begins with, before {@code ://}. */
    public String scheme() {
        return scheme;
    }

    /** As people call it. */
    @Override
    public String toString() {
        return this == HUGGING_FACE ? "Hugging Face" : "ModelScope";
    }

    /** The branch that is meant when none is named. */
    public String defaultRevision() {
        return defaultRevision;
    }
}
