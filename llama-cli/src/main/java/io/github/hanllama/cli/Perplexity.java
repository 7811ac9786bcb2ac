package io.github.hanllama.cli;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.Progress.Stage;
import io.github.hanllama.core.progress.ProgressListener;
import java.util.Arrays;

/**
 * How well a model predicts a long text: every token but the first once, after as many tokens before it as a window
 * holds. Windows overlap by all but a stride.
 *
 * @param context tokens in a window, 2 or more
 * @param stride tokens from one window to the next, 1 or more and fewer than the window has
 */
record Perplexity(int context, int stride) {
    Perplexity {
        if (context < 2) {
            throw new IllegalArgumentException("context must be >= 2, was " + context);
        }
        if (stride < 1 || stride >= context) {
            throw new IllegalArgumentException("stride must be in 1.." + (context - 1) + ", was " + stride);
        }
    }

    /**
     * What was found.
     *
     * @param tokens predicted
     * @param nll their negative log likelihood in nats, on average
     */
    record Result(int tokens, double nll, double tokensPerSecond) {
        double perplexity() {
            return Math.exp(nll);
        }
    }

    Result of(int[] ids, Scorer scorer, ProgressListener listener, Cancellation cancellation) {
        if (ids.length < 2) {
            throw new InputException("expected a text of at least two tokens, found " + ids.length);
        }
        long start = System.nanoTime();
        double nll = 0;
        int done = 1; // tokens predicted so far, and the first
        while (done < ids.length) {
            cancellation.throwIfCancelled();
            int end = Math.min(ids.length, done == 1 ? context : done + stride);
            int begin = Math.max(0, end - context);
            nll += scorer.nll(Arrays.copyOfRange(ids, begin, end), done - begin);
            done = end;
            listener.onProgress(new Progress(Stage.SCORE, "tokens", done, ids.length));
        }
        int predicted = ids.length - 1;
        return new Result(predicted, nll / predicted, predicted * 1e9 / (System.nanoTime() - start));
    }
}
