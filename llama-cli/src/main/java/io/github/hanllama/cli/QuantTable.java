package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.quantize.QuantReport;
import io.github.hanllama.core.quantize.TensorLoss;
import io.github.hanllama.core.quantize.TensorReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What quantizing did, for people and for programs. */
record QuantTable(QuantReport report) {
    private static final String ROW = "%%-%ds  %%-5s %%-5s %%6s %%12s  %%-10s %%-10s %%s";

    /** A line for each tensor, one for all of them, and one for each that has another type than it should. */
    List<String> lines() {
        int width = report.tensors().stream()
                .mapToInt(tensor -> tensor.info().name().length())
                .max()
                .orElse(0);
        String row = ROW.formatted(Math.max("tensor".length(), width));
        List<String> lines = new ArrayList<>();
        lines.add(row.formatted("tensor", "from", "to", "bits", "bytes", "rmse", "relative", "largest"));
        for (TensorReport tensor : report.tensors()) {
            lines.add(line(
                    row,
                    tensor.info().name(),
                    tensor.from().name(),
                    tensor.info().dtype().name(),
                    tensor.bitsPerWeight(),
                    tensor.info().bytes(),
                    tensor.loss()));
        }
        lines.add(line(row, "all", "", report.recipe().name(), report.bitsPerWeight(), report.bytes(), report.loss()));
        report.fallbacks()
                .forEach(tensor -> lines.add("%s is %s: %s"
                        .formatted(
                                tensor.info().name(),
                                tensor.info().dtype(),
                                tensor.instead().orElseThrow())));
        return lines;
    }

    @SuppressWarnings("TooManyParameters") // the columns
    private static String line(
            String row, String name, String from, String to, double bits, long bytes, TensorLoss loss) {
        return row.formatted(
                name,
                from,
                to,
                "%.2f".formatted(bits),
                bytes,
                number(loss.rmse()),
                number(loss.relativeError()),
                number(loss.maxError()));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3e", value);
    }

    void write(JsonGenerator json, Path output) throws IOException {
        json.writeStringField("output", output.toString());
        json.writeStringField("type", report.recipe().name());
        json.writeNumberField("bytes", report.bytes());
        json.writeNumberField("bits_per_weight", report.bitsPerWeight());
        write(json, report.loss());
        json.writeArrayFieldStart("tensors");
        for (TensorReport tensor : report.tensors()) {
            json.writeStartObject();
            json.writeStringField("name", tensor.info().name());
            json.writeStringField("from", tensor.from().name());
            json.writeStringField("to", tensor.info().dtype().name());
            json.writeNumberField("bytes", tensor.info().bytes());
            json.writeNumberField("bits_per_weight", tensor.bitsPerWeight());
            write(json, tensor.loss());
            if (tensor.instead().isPresent()) {
                json.writeStringField("instead", tensor.instead().get());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, TensorLoss loss) throws IOException {
        json.writeFieldName("rmse");
        Json.write(json, loss.rmse());
        json.writeFieldName("relative_error");
        Json.write(json, loss.relativeError());
        json.writeFieldName("max_error");
        Json.write(json, loss.maxError());
    }
}
