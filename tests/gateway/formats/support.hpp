#pragma once

#include "gateway/formats/format.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace weir::gateway::formats
{

/// What a usage says, as text: only the members that are known or not zero, in a fixed order.
std::string told(pricing::usage const& used);

/// A whole answer with status 200 of `provider`.
call_view plain(kind speaks, std::string_view provider, std::string_view path, std::string_view body);

/// A whole stream of server-sent events.
call_view streamed(kind speaks, std::string_view provider, std::string_view path, std::string_view body);

/// The texts behind each other, as the events of a stream come.
std::string joined(std::initializer_list<std::string_view> parts);

} // namespace weir::gateway::formats
