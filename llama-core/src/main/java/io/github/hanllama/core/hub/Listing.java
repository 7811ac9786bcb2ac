package io.github.hanllama.core.hub;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of a repository at one commit.
 *
 * @param commit 40 hex digits
 * @param address the revision to ask the hub's file URLs for
 * @param complete whether nothing of the repository was left out
 */
record Listing(String commit, String address, SortedMap<String, RepoFile> files, boolean complete) {
    Listing {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }
}
