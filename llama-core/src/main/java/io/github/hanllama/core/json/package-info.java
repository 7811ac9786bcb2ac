/**
 * JSON from strangers, read strictly: {@link io.github.hanllama.core.json.StrictJson} for whole documents. It knows
 * JSON and its limits, not what the documents mean. Shared with the adapters' module only.
 */
package io.github.hanllama.core.json;
