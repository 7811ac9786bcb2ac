/** The demo family: {@link io.github.hanllama.demo.DemoModels}. */
@NullMarked
package io.github.hanllama.demo;

import org.jspecify.annotations.NullMarked;
