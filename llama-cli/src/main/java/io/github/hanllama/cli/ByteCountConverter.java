package io.github.hanllama.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code 300000}, {@code 500MB} or {@code 2GB}, in powers of 1000 as Hugging Face counts. */
final class ByteCountConverter implements ITypeConverter<Long> {
    private static final Pattern COUNT = Pattern.compile("([1-9][0-9]{0,17})\\s*([kKMGT]?)B?");
    private static final String UNITS = "BKMGT";

    @Override
    public Long convert(String text) {
        Matcher count = COUNT.matcher(text.strip());
        if (!count.matches()) {
            throw new TypeConversionException("expected a number of bytes such as 300000, 500MB or 2GB, was " + text);
        }
        String unit = count.group(2).toUpperCase(Locale.ROOT);
        int power = unit.isEmpty() ? 0 : UNITS.indexOf(unit);
        try {
            return Math.multiplyExact(Long.parseLong(count.group(1)), (long) Math.pow(1000, power));
        } catch (ArithmeticException e) {
            throw new TypeConversionException("expected fewer bytes than 2^63, was " + text);
        }
    }
}
