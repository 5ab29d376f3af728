#pragma once

#include "config/settings.hpp"
#include "gateway/errc.hpp"
#include "net/http_message.hpp"
#include "net/url.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace weir::gateway
{

/// Where a call goes.
struct route {
    std::string provider; ///< weir's provider id, or the target's origin for a host of nobody that weir knows
    config::wire_format format = config::wire_format::openai;
    net::origin to;
    std::string target;        ///< path and query, byte for byte as received but for the prefix that was cut off
    bool stream_usage = false; ///< the provider accepts stream_options.include_usage
    bool local = false;
    bool any_address = false; ///< configured, or allowed by origin: private addresses are fine
    std::string warning;

    std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
    std::string_view query() const
    {
        auto const mark = target.find('?');
        return mark == target.npos ? std::string_view() : std::string_view(target).substr(mark + 1);
    }
};

/// Decides where calls go: by the path, a target header, the Host, or what the path looks like; the first match wins,
/// in the order of docs/routing.md. Immutable; any thread.
class router
{
public:
    explicit router(config::settings const& settings);

    /// Fills `to`, or says why not; `to.format` is set as far as it can be guessed even then, for the error's shape.
    refusal find(net::request_head const& head, route& to) const;

    /// Whether the operator named an origin in gateway.allowed_targets, so that its address may be a private one.
    bool allows(net::origin const& at) const;

private:
    struct provider {
        config::provider_settings settings;
        net::url base;
    };

    refusal to_named(net::request_head const& head, std::string_view target,
                     std::optional<std::string_view> const& wanted, route& to) const;
    refusal to_provider(std::string_view name, std::string_view rest, route& to) const;
    refusal to_target(std::string_view target, std::string_view rest, route& to) const;
    refusal infer(net::request_head const& head, std::string_view target, route& to) const;
    bool is_provider(std::string_view name) const;
    provider const* find_provider(std::string_view name) const;
    provider const* provider_at(net::origin const& at, config::wire_format likely) const;

    std::map<std::string, provider, std::less<>> providers_;    ///< by id
    std::map<std::string, provider const*, std::less<>> names_; ///< by every name in use, in lower case
    std::string default_provider_;
    std::vector<std::string> allowed_hosts_;
    std::vector<net::origin> allowed_origins_;
};

/// The provider that a path names at which calls are logged by hand, such as `/oai/v1/log`; empty: it leaves that to
/// the body. None for other paths.
std::optional<std::string_view> provider_of_log_path(std::string_view path);

} // namespace weir::gateway
