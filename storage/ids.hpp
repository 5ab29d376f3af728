#pragma once

#include "storage/uuid.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace weir::storage
{

/// Bits that only have to differ. Any thread.
std::uint64_t random_bits();

/// A row's own key: 63 bits, ordered by time. 41 bits of milliseconds since 2020-01-01 UTC, 10 of the gateway's number,
/// 12 of a sequence.
enum class row_id : std::int64_t {};

/// Makes row ids. Any thread. When the sequence of a millisecond is spent, or the clock steps back, it goes on from the
/// last value, so that ids only ever grow.
class id_source
{
public:
    /// `last`: the newest id that the store has; new ones come after it whatever the clock says.
    explicit id_source(std::uint16_t gateway_number = 0, row_id last = {});

    row_id next(std::chrono::system_clock::time_point now);

private:
    std::uint64_t const gateway_bits_;
    std::atomic<std::uint64_t> last_{0}; ///< milliseconds << 12 | sequence
};

/// The number that stands for gateways in the ids of calls that none carried, but somebody logged.
inline constexpr std::uint16_t logged_gateway = 1023;

/// The id of a row whose call began at `started`, of some `random` place in that millisecond. Another may have it.
row_id logged_row_id(std::chrono::system_clock::time_point started, std::uint64_t random);

/// Another id for such a row, when `taken` is another's: the more `tries` there were, the more milliseconds it may be
/// later.
row_id another_logged_row_id(row_id taken, unsigned tries, std::uint64_t random);

/// The least id of a row made at `when`: rows of before have lesser ones.
row_id first_row_id(std::chrono::system_clock::time_point when);

/// The millisecond in which a row was made.
std::chrono::system_clock::time_point time_of(row_id id);

/// The number of the gateway that made it, or logged_gateway.
std::uint16_t gateway_of(row_id id);

/// The UUIDv7 of a row: the row id's milliseconds, sequence and gateway number, then 52 bits of `random`.
uuid public_id(row_id id, std::uint64_t random);

/// The id of the response to a row's request: derived, never stored.
uuid response_id(row_id id);

/// The id of the n-th image in a row's bodies: derived, never stored.
uuid asset_id(row_id id, std::size_t n);

/// The row id inside a UUID made by `public_id` or `response_id`. Any other UUIDv7 of the right time yields a number
/// too: compare the row's own `request_id` with what was asked for.
std::optional<row_id> row_id_of(uuid const& id);

} // namespace weir::storage
