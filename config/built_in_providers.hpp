#pragma once

#include "config/settings.hpp"

#include <span>
#include <string_view>

namespace weir::config
{

/// A provider that weir knows without being told.
struct built_in_provider {
    std::string_view name;
    std::string_view base_url; ///< empty: each user has a host of their own, which must be configured
    wire_format kind;
    key_header key;
    /// Accepts `stream_options.include_usage` and sends no usage in a stream without it.
    bool stream_usage;
    bool local;
    std::string_view aliases; ///< comma-separated: other names in URLs and as first label of a Host
    /// Comma-separated hosts that belong to the provider; "*.x" is every host below x, "*-x" every host that ends so.
    std::string_view hosts;
};

std::span<built_in_provider const> built_in_providers();

/// The header for the key of a provider, which may be one that weir does not know or a known one under another name.
key_header key_header_of(provider_settings const& provider);

/// The built-in provider that a host belongs to, or none.
built_in_provider const* provider_of_host(std::string_view host);

/// weir's id of a provider for any name it goes by ("gemini" is "google"); unknown names come back as they are, in
/// lower case.
std::string provider_id(std::string_view name);

} // namespace weir::config
