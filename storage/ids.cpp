#include "storage/ids.hpp"

#include <algorithm>
#include <random>

namespace weir::storage
{
namespace
{

using std::chrono::milliseconds;

/// 2020-01-01T00:00:00Z in milliseconds since 1970.
constexpr std::uint64_t epoch_ms = 1577836800000;

constexpr unsigned sequence_bits = 12, gateway_bits = 10;

/// A reversible scramble (the finaliser of SplitMix64), for the bits of an id that only have to look like nothing.
std::uint64_t scrambled(std::uint64_t x)
{
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111eb;
    return x ^ (x >> 31U);
}

} // namespace

std::uint64_t random_bits()
{
    thread_local std::mt19937_64 engine{std::random_device{}()};
    return engine();
}

id_source::id_source(std::uint16_t gateway_number, row_id last)
    : gateway_bits_((gateway_number & ((1U << gateway_bits) - 1)) << sequence_bits)
    , last_((static_cast<std::uint64_t>(last) >> (gateway_bits + sequence_bits) << sequence_bits) |
            (static_cast<std::uint64_t>(last) & ((1U << sequence_bits) - 1)))
{
}

row_id id_source::next(std::chrono::system_clock::time_point now)
{
    auto const since_1970 = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
    auto const ms =
        since_1970 > static_cast<std::int64_t>(epoch_ms) ? static_cast<std::uint64_t>(since_1970) - epoch_ms : 0;
    auto const fresh = ms << sequence_bits;
    auto last = last_.load(std::memory_order_relaxed);
    std::uint64_t mine = 0;
    do mine = fresh > last ? fresh : last + 1;
    while (!last_.compare_exchange_weak(last, mine, std::memory_order_relaxed));
    auto const time = mine >> sequence_bits, sequence = mine & ((1U << sequence_bits) - 1);
    return row_id{static_cast<std::int64_t>(time << (gateway_bits + sequence_bits) | gateway_bits_ | sequence)};
}

row_id logged_row_id(std::chrono::system_clock::time_point started, std::uint64_t random)
{
    auto const sequence = random & ((1U << sequence_bits) - 1);
    return row_id{static_cast<std::int64_t>(first_row_id(std::chrono::floor<milliseconds>(started))) |
                  static_cast<std::int64_t>(logged_gateway) << sequence_bits | static_cast<std::int64_t>(sequence)};
}

row_id another_logged_row_id(row_id taken, unsigned tries, std::uint64_t random)
{
    constexpr unsigned most_doublings = 20; // a quarter of an hour
    auto const room = 1ULL << std::min(tries, most_doublings);
    return logged_row_id(time_of(taken) + milliseconds((random >> sequence_bits) % room), random);
}

row_id first_row_id(std::chrono::system_clock::time_point when)
{
    constexpr std::int64_t most_ms = (1LL << 41U) - 1;
    auto const ms =
        std::chrono::ceil<milliseconds>(when.time_since_epoch()).count() - static_cast<std::int64_t>(epoch_ms);
    return row_id{std::clamp<std::int64_t>(ms, 0, most_ms) << (gateway_bits + sequence_bits)};
}

std::chrono::system_clock::time_point time_of(row_id id)
{
    return std::chrono::system_clock::time_point(
        milliseconds((static_cast<std::uint64_t>(id) >> (gateway_bits + sequence_bits)) + epoch_ms));
}

std::uint16_t gateway_of(row_id id)
{
    return static_cast<std::uint16_t>(static_cast<std::uint64_t>(id) >> sequence_bits & ((1U << gateway_bits) - 1));
}

uuid public_id(row_id id, std::uint64_t random)
{
    auto const bits = static_cast<std::uint64_t>(id);
    auto const ms = (bits >> (gateway_bits + sequence_bits)) + epoch_ms;
    auto const sequence = bits & ((1U << sequence_bits) - 1);
    auto const gateway = bits >> sequence_bits & ((1U << gateway_bits) - 1);
    auto const high = ms << 16U | 0x7000U | sequence;
    auto const low = 1ULL << 63U | gateway << 52U | (random & ((1ULL << 52U) - 1));
    uuid out;
    for (unsigned i = 0; i < 8; ++i) {
        out.bytes[i] = static_cast<unsigned char>(high >> (56 - 8 * i));
        out.bytes[8 + i] = static_cast<unsigned char>(low >> (56 - 8 * i));
    }
    return out;
}

uuid asset_id(row_id id, std::size_t n)
{
    return public_id(id, scrambled(scrambled(static_cast<std::uint64_t>(id)) + n + 1));
}

uuid response_id(row_id id) { return public_id(id, scrambled(static_cast<std::uint64_t>(id))); }

std::optional<row_id> row_id_of(uuid const& id)
{
    if (id.bytes[6] >> 4U != 7) return std::nullopt;
    std::uint64_t high = 0, low = 0;
    for (unsigned i = 0; i < 8; ++i) {
        high = high << 8U | id.bytes[i];
        low = low << 8U | id.bytes[8 + i];
    }
    auto const ms = high >> 16U;
    if (ms < epoch_ms || ms - epoch_ms >= 1ULL << 41U) return std::nullopt;
    auto const sequence = high & 0xFFFU, gateway = low >> 52U & 0x3FFU;
    return row_id{static_cast<std::int64_t>((ms - epoch_ms) << 22U | gateway << 12U | sequence)};
}

} // namespace weir::storage
