package io.github.hanllama.core.hub;

/** A file of a repository as the hub describes it. */
record RepoFile(String path, long size, Etag etag) {}
