package io.github.hanllama.core.plan;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Bytes for people: {@code "13.5 GB"}, in powers of 1000 as hubs and disks count. */
public final class ByteCount {
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    private static final Pattern TEXT = Pattern.compile("(\\d{1,15}(?:\\.\\d{1,9})?) ?([kKmMgGtT]?)(i?)[bB]?");
    private static final String PREFIXES = "KMGT";

    private ByteCount() {}

    public static String describe(double bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 || value >= 99.95 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    }

    /**
     * What people write: {@code 6G}, {@code 5.5 GB}, {@code 800m}; and {@code 6Gi} in powers of 1024.
     *
     * @throws IllegalArgumentException when it is nothing of the kind
     */
    public static long parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("a size must be like 6G, 800M or 5.5GiB, was " + text);
        }
        int base = matcher.group(3).isEmpty() ? 1000 : 1024;
        String prefix = matcher.group(2).toUpperCase(Locale.ROOT);
        int power = prefix.isEmpty() ? 0 : PREFIXES.indexOf(prefix) + 1;
        return Math.round(Double.parseDouble(matcher.group(1)) * Math.pow(base, power));
    }
}
