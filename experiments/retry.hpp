#pragma once

#include "experiments/gateway_call.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What follows when a call that weir made itself did not go well.
namespace weir::experiments
{

/// Whether the same call may go well later: no answer, 408, 429, and what is a server's fault.
bool may_pass(gateway_answer const& answer);

/// What a provider's Retry-After asks for, in seconds or as a date, at most an hour; none if it says nothing of use.
std::optional<std::chrono::milliseconds> pause_asked_for(gateway_answer const& answer);

/// The pause after so many failures: twice as long each time, at most a minute.
std::chrono::milliseconds pause_after(std::int64_t failures, std::chrono::milliseconds first);

/// Why it did not, for people: the status, and the message of an error in JSON, in which keys are masked.
std::string reason_of(gateway_answer const& answer);

/// The beginning of a text, of whole characters.
std::string beginning_of(std::string text, std::size_t most);

/// A text with "…" in place of what looks like a key: providers quote the keys that they refuse.
std::string without_keys(std::string_view text);

} // namespace weir::experiments
