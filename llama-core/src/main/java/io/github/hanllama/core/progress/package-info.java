/** How long work shows where it is, and how it is stopped. */
package io.github.hanllama.core.progress;
