package io.github.hanllama.testdata;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that reads fixtures this repository does not carry. Where the shared material exists a missing file fails the
 * test; where it does not, the test is skipped by name.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsDataCondition.class)
public @interface NeedsData {
    /** Paths as {@link TestData#path} takes them. */
    String[] value();
}
