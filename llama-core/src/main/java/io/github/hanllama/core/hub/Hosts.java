package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.HubException;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/** Where a hub may send us, and who of those may know who we are. */
final class Hosts {
    private static final Set<String> OFFICIAL = Set.of("huggingface.co", "hf.co", "hub-ci.huggingface.co");
    private static final Set<String> MODEL_SCOPE = Set.of("modelscope.cn", "www.modelscope.cn", "www.modelscope.ai");

    private final HubOptions options;

    Hosts(HubOptions options) {
        this.options = options;
    }

    /** Whether a place is the hub itself: the endpoint, or for an official one another official name. */
    boolean isHub(URI uri) {
        return isSameOrigin(uri, options.endpoint())
                || isOfficial(options.endpoint()) && isOfficial(uri) && isSecure(uri);
    }

    /** Never to another host, and to a mirror only when the user says so. */
    boolean mayKnowToken(URI uri) {
        return isHub(uri)
                && (isOfficial(options.endpoint()) && isSecure(options.endpoint()) || options.tokenToMirror());
    }

    /** @throws HubException when no honest hub would send us there */
    void requireAllowed(URI from, URI to) {
        String scheme = String.valueOf(to.getScheme()).toLowerCase(Locale.ROOT);
        if (to.getHost() == null || !scheme.equals("https") && !scheme.equals("http")) {
            throw refusal(from, to, "expected a http or https address");
        }
        if (isSecure(from) && !isSecure(to)) {
            throw refusal(from, to, "expected https as before");
        }
        if (!isSameOrigin(to, options.endpoint()) && isDirect(to) && isLocal(to) && !isLocal(options.endpoint())) {
            throw refusal(from, to, "expected a public address, found one inside this network");
        }
    }

    private static HubException refusal(URI from, URI to, String reason) {
        String target = String.valueOf(to.getScheme()) + "://" + to.getHost();
        return new HubException(from.getHost() + " redirects to " + Headers.printable(target) + ": refused, " + reason);
    }

    /** What a proxy reaches is not known here. */
    private boolean isDirect(URI uri) {
        return options.proxies().select(uri).stream().allMatch(proxy -> proxy.type() == Proxy.Type.DIRECT);
    }

    private static boolean isLocal(URI uri) {
        try {
            return Arrays.stream(InetAddress.getAllByName(uri.getHost()))
                    .anyMatch(address -> address.isLoopbackAddress()
                            || address.isLinkLocalAddress()
                            || address.isSiteLocalAddress()
                            || address.isAnyLocalAddress()
                            || isUniqueLocal(address));
        } catch (UnknownHostException e) {
            return false; // nor can it be connected to
        }
    }

    /** {@code fc00::/7}, what private networks have under IPv6. */
    private static boolean isUniqueLocal(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 16 && (bytes[0] & 0xFE) == 0xFC;
    }

    private boolean isOfficial(URI uri) {
        String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
        return (options.hub() == HubKind.HUGGING_FACE ? OFFICIAL : MODEL_SCOPE).contains(host) && uri.getPort() < 0;
    }

    private static boolean isSecure(URI uri) {
        return "https".equalsIgnoreCase(uri.getScheme());
    }

    private static boolean isSameOrigin(URI a, URI b) {
        return String.valueOf(a.getScheme()).equalsIgnoreCase(b.getScheme())
                && String.valueOf(a.getHost()).equalsIgnoreCase(b.getHost())
                && port(a) == port(b);
    }

    private static int port(URI uri) {
        int secure = isSecure(uri) ? 443 : 80;
        return uri.getPort() < 0 ? secure : uri.getPort();
    }
}
