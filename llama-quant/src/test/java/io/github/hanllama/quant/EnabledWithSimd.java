package io.github.hanllama.quant;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIf;

/** Left out of the run without the vector module; {@link KernelsTest} proves that the other runs do have it. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@EnabledIf("io.github.hanllama.quant.KernelsTest#simd")
@interface EnabledWithSimd {}
