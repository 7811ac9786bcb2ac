package io.github.hanllama.lora;

import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.StrictJson;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression out of an {@code adapter_config.json}, matched against whole module names such as
 * {@code model.layers.0.self_attn.q_proj}. It comes from a stranger, so its length, its groups, its counted repetitions
 * and the steps of a match are bounded; what exceeds them is refused.
 */
final class ModulePattern {
    private static final int MAX_LENGTH = 2000;
    /** Each may lie in the one before and takes a part of the caller's stack; published patterns have ten. */
    private static final int MAX_GROUPS = 100;

    private static final int MAX_REPETITIONS = 1000;
    private static final int MAX_STEPS = 200_000;
    private static final Pattern COUNTED = Pattern.compile("\\{(\\d*),?(\\d*)}");

    private final String source;
    private final Pattern pattern;

    private ModulePattern(String source, String regex) {
        this.source = source;
        this.pattern = compile(regex);
    }

    /** The whole name must match: {@code target_modules} given as a string. */
    static ModulePattern whole(String regex) {
        return new ModulePattern(regex, regex);
    }

    /** The end of the name must match, from a dot on: a list entry of {@code target_modules}, taken literally. */
    static ModulePattern name(String name) {
        return new ModulePattern(name, "(?:.*\\.)?" + Pattern.quote(checked(name)));
    }

    /** The end of the name must match, from a dot on: a key of {@code rank_pattern} or {@code alpha_pattern}. */
    static ModulePattern ending(String regex) {
        compile(regex); // alone first, so that its parentheses close inside it
        return new ModulePattern(regex, "(?:.*\\.)?(?:" + regex + ")");
    }

    boolean matches(String module) {
        Matcher matcher = pattern.matcher(new Counted(module, new Steps(source)));
        return matcher.matches();
    }

    private static Pattern compile(String regex) {
        checkGroups(checked(regex));
        checkRepetitions(regex);
        try {
            return Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new UnsupportedModelException(
                    "not a regular expression this library reads: '" + StrictJson.printable(regex) + "': "
                            + StrictJson.printable(e.getDescription()),
                    e);
        }
    }

    private static String checked(String regex) {
        if (regex.isEmpty() || regex.length() > MAX_LENGTH) {
            throw new UnsupportedModelException(
                    "a module pattern must have 1.." + MAX_LENGTH + " characters, found " + regex.length());
        }
        return regex;
    }

    private static void checkGroups(String regex) {
        long groups = regex.chars().filter(c -> c == '(' || c == '[').count();
        if (groups > MAX_GROUPS) {
            throw new UnsupportedModelException("a module pattern may have " + MAX_GROUPS + " opening brackets, found "
                    + groups + "; name the modules in a list instead");
        }
    }

    /** Nested counts multiply, and a repetition of nothing takes no steps that could be counted. */
    private static void checkRepetitions(String regex) {
        double product = 1;
        for (Matcher counted = COUNTED.matcher(regex); counted.find(); ) {
            product *= Math.max(1, Math.max(count(counted.group(1)), count(counted.group(2))));
        }
        if (product > MAX_REPETITIONS) {
            throw new UnsupportedModelException("the repetitions in the module pattern '" + StrictJson.printable(regex)
                    + "' exceed " + MAX_REPETITIONS + "; name the modules in a list instead");
        }
    }

    private static double count(String digits) {
        return digits.isEmpty() ? 1 : Double.parseDouble(digits);
    }

    @Override
    public String toString() {
        return source;
    }

    /** Looks at a character are the steps of the JDK's matcher that backtracking multiplies. */
    private static final class Steps {
        private final String source;
        private int left = MAX_STEPS;

        Steps(String source) {
            this.source = source;
        }

        void take() {
            if (--left < 0) {
                throw new UnsupportedModelException("the module pattern '" + StrictJson.printable(source)
                        + "' backtracks without end; name the modules in a list instead");
            }
        }
    }

    private record Counted(CharSequence text, Steps steps) implements CharSequence {
        @Override
        public char charAt(int index) {
            steps.take();
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.subSequence(start, end), steps);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
