package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.Verification;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelFiles;

/** Meta's {@code checklist.chk}: when a folder is verified, and when a model beside it is opened. */
final class ChecklistTarget implements FuzzTarget {
    private static final String NAME = "checklist.chk";
    private static final String EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e";

    private final ModelFiles model = PatchedFiles.fixture("synthetic/base/meta_1shard");
    private final Scratch scratch = Scratch.create();

    ChecklistTarget() {
        scratch.write("params.json", new byte[0]);
    }

    @Override
    public void run(byte[] input) {
        scratch.write(NAME, input);
        Verification verification = Verification.of(scratch.folder(), ProgressListener.NONE, new Cancellation());
        assertThat(verification.differences().size()).isLessThanOrEqualTo(verification.files());
        try (Checkpoint checkpoint = Checkpoints.open(PatchedFiles.of(model, scratch, NAME, input), warning -> {})) {
            assertThat(checkpoint.tensors()).isNotEmpty();
        }
    }

    @Override
    public void seeds(Seeds seeds) {
        seeds.text("")
                .text(EMPTY_MD5 + "  params.json\n")
                .text(EMPTY_MD5 + " *consolidated.00.pth\n" + EMPTY_MD5 + "  params.json\n")
                .text(EMPTY_MD5.toUpperCase(java.util.Locale.ROOT) + "  ../params.json\r\n");
    }
}
