/**
 * What makes two models the same: the hash of their content ({@link
 * io.github.hanllama.core.checkpoint.identity.ContentDigest}), or, without reading it, the state of their files.
 */
package io.github.hanllama.core.checkpoint.identity;
