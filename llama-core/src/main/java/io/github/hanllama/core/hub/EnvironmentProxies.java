package io.github.hanllama.core.hub;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * {@code https_proxy}, {@code http_proxy}, {@code all_proxy} and {@code no_proxy}, in small letters or capitals, which the
 * JDK does not read. Proxies that want a password, and SOCKS, are not known to it either.
 */
final class EnvironmentProxies extends ProxySelector {
    private static final int DEFAULT_PORT = 80;

    private final Map<String, String> variables;

    EnvironmentProxies(Map<String, String> variables) {
        this.variables = Map.copyOf(variables);
    }

    @Override
    public List<Proxy> select(URI uri) {
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        Optional<String> proxy = value(scheme + "_proxy").or(() -> value("all_proxy"));
        if (proxy.isEmpty() || isExempt(uri)) {
            return List.of(Proxy.NO_PROXY);
        }
        return List.of(new Proxy(Proxy.Type.HTTP, address(proxy.get())));
    }

    private static InetSocketAddress address(String text) {
        URI uri = URI.create(text.contains("://") ? text : "http://" + text);
        if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null || uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException(
                    "expected a proxy like http://host:port in the environment, without a password");
        }
        return InetSocketAddress.createUnresolved(uri.getHost(), uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort());
    }

    /** A host of the list, or below one: {@code example.org} and {@code .example.org} mean the same. */
    private boolean isExempt(URI uri) {
        String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
        String[] exempt = value("no_proxy").orElse("").toLowerCase(Locale.ROOT).split(",");
        return Arrays.stream(exempt)
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .anyMatch(entry -> matches(entry, host, uri.getPort()));
    }

    private static boolean matches(String entry, String host, int port) {
        String name = entry.startsWith("*.") ? entry.substring(2) : entry.startsWith(".") ? entry.substring(1) : entry;
        return name.equals("*") || host.equals(name) || host.endsWith("." + name) || (host + ":" + port).equals(name);
    }

    private Optional<String> value(String name) {
        return Optional.ofNullable(variables.getOrDefault(name, variables.get(name.toUpperCase(Locale.ROOT))))
                .filter(text -> !text.isBlank());
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException e) {
        // The request that wanted the connection says so.
    }
}
