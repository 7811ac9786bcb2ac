package io.github.hanllama.core.hub;

import java.net.ProxySelector;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which hub to ask, as whom, and where to keep what it sends. {@link #fromEnvironment} reads what Python's clients read.
 *
 * @param endpoint the hub or a mirror of it, without a slash at its end
 * @param cache the folder of the cache
 * @param token sent to the endpoint and nowhere else, and to a mirror only with {@code tokenToMirror}
 * @param tokenToMirror whether the mirror may know the token
 * @param offline whether only the cache is asked
 * @param symlinks whether snapshots may be links to blobs where the file system can do that
 * @param proxies which proxy leads to a host
 * @param transfer how hard a download tries
 */
public record HubOptions(
        HubKind hub,
        URI endpoint,
        Path cache,
        Optional<HubToken> token,
        boolean tokenToMirror,
        boolean offline,
        boolean symlinks,
        ProxySelector proxies,
        TransferOptions transfer) {
    public HubOptions {
        endpoint = withoutSlash(endpoint);
        String scheme = String.valueOf(endpoint.getScheme()).toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !scheme.equals("http") || endpoint.getHost() == null) {
            throw new IllegalArgumentException("endpoint must be a https or http URL, was " + endpoint);
        }
        if (endpoint.getRawUserInfo() != null || endpoint.getRawQuery() != null || endpoint.getRawFragment() != null) {
            throw new IllegalArgumentException("endpoint must be a scheme, a host and a path, nothing else");
        }
        cache = cache.toAbsolutePath().normalize();
    }

    /**
     * What the environment of this process says, as {@code docs/hub.md} lists it.
     *
     * @throws IllegalArgumentException when a variable holds what it cannot
     */
    public static HubOptions fromEnvironment(HubKind hub) {
        return fromEnvironment(hub, System.getenv(), Path.of(System.getProperty("user.home")));
    }

    /** As {@link #fromEnvironment(HubKind)}, of these variables and that home. */
    public static HubOptions fromEnvironment(HubKind hub, Map<String, String> variables, Path home) {
        return new HubEnvironment(variables, home).options(hub);
    }

    public HubOptions endpoint(URI value) {
        return new HubOptions(hub, value, cache, token, tokenToMirror, offline, symlinks, proxies, transfer);
    }

    public HubOptions cache(Path value) {
        return new HubOptions(hub, endpoint, value, token, tokenToMirror, offline, symlinks, proxies, transfer);
    }

    public HubOptions token(HubToken value) {
        return new HubOptions(
                hub, endpoint, cache, Optional.of(value), tokenToMirror, offline, symlinks, proxies, transfer);
    }

    /** Asks as nobody. */
    public HubOptions noToken() {
        return new HubOptions(
                hub, endpoint, cache, Optional.empty(), tokenToMirror, offline, symlinks, proxies, transfer);
    }

    public HubOptions tokenToMirror(boolean value) {
        return new HubOptions(hub, endpoint, cache, token, value, offline, symlinks, proxies, transfer);
    }

    public HubOptions offline(boolean value) {
        return new HubOptions(hub, endpoint, cache, token, tokenToMirror, value, symlinks, proxies, transfer);
    }

    public HubOptions symlinks(boolean value) {
        return new HubOptions(hub, endpoint, cache, token, tokenToMirror, offline, value, proxies, transfer);
    }

    public HubOptions proxies(ProxySelector value) {
        return new HubOptions(hub, endpoint, cache, token, tokenToMirror, offline, symlinks, value, transfer);
    }

    public HubOptions transfer(TransferOptions value) {
        return new HubOptions(hub, endpoint, cache, token, tokenToMirror, offline, symlinks, proxies, value);
    }

    private static URI withoutSlash(URI uri) {
        return URI.create(uri.toString().replaceFirst("/+$", ""));
    }
}
