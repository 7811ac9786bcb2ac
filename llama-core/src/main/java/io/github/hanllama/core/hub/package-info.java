/**
 * Models and adapters from a hub: Hugging Face, a mirror of it, or ModelScope. Start at
 * {@link io.github.hanllama.core.hub.HubSource}, which is a source like any other; nothing is fetched before it is resolved.
 *
 * <p>Files go to the cache that Python's huggingface_hub keeps, in its layout, so each finds what the other fetched
 * ({@link io.github.hanllama.core.hub.HubCache}). What arrives is hashed on the way and takes its name in the cache only
 * when it is the file that the hub named. What the files contain is not known here.
 */
package io.github.hanllama.core.hub;
