package io.github.hanllama.testdata;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Decides for {@link NeedsData}: run, skip by name, or fail. */
final class NeedsDataCondition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        NeedsData needs = AnnotationSupport.findAnnotation(context.getElement(), NeedsData.class)
                .orElse(null);
        if (needs == null) {
            return ConditionEvaluationResult.enabled("no data needed");
        }
        for (String path : needs.value()) {
            if (TestData.find(path).isEmpty()) {
                if (TestData.sharedExists()) {
                    throw new IllegalStateException("shared test data is there but lacks " + path);
                }
                return ConditionEvaluationResult.disabled("needs " + path + ", which this checkout does not carry");
            }
        }
        return ConditionEvaluationResult.enabled("data present");
    }
}
