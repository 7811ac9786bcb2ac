package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Verification;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;

/** The manifest of a written model, when the folder is verified by it. */
final class ManifestTarget implements FuzzTarget {
    private static final String NAME = "hanllama-merge.json";

    private final Scratch scratch = Scratch.create();

    ManifestTarget() {
        try {
            scratch.write("model.safetensors", Files.readAllBytes(TestData.path("hostile/st_ok.safetensors")));
            scratch.write("model.bin", Files.readAllBytes(TestData.path("hostile/pt_ok_2x2.bin")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void run(byte[] input) {
        scratch.write(NAME, input);
        Verification verification = Verification.of(scratch.folder(), ProgressListener.NONE, new Cancellation());
        assertThat(verification.toString()).isNotEmpty();
    }

    @Override
    public void seeds(Seeds seeds) {
        seeds.text("{\"version\": 1, \"files\": []}").text("""
                {
                  "version" : 1,
                  "content_sha256" : "00",
                  "inputs" : [ ],
                  "tensors" : [ {
                    "name" : "w",
                    "dtype" : "F32",
                    "shape" : [ 2 ],
                    "file" : "model.safetensors",
                    "sha256" : "00"
                  }, {
                    "name" : "w",
                    "file" : "model.bin",
                    "sha256" : "00"
                  } ],
                  "files" : [ {
                    "file" : "model.safetensors",
                    "size" : 89,
                    "sha256" : "00"
                  }, {
                    "file" : "model.bin",
                    "size" : 516,
                    "sha256" : "00"
                  } ],
                  "manifest_sha256" : "00"
                }
                """);
    }
}
