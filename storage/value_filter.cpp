#include "storage/value_filter.hpp"

#include "storage/connection.hpp"
#include "storage/little_endian.hpp"

#include <algorithm>
#include <bit>
#include <map>

namespace weir::storage
{
namespace
{

enum : char { by_numbers = 0, by_bits = 1, by_hashes = 2 };

constexpr std::size_t number_bytes = 2;

constexpr std::int64_t numbers_of_part = 4096;
constexpr std::uint64_t hash_parts = 32;

/// Where a value belongs.
struct filter_place {
    std::int64_t part = 0;
    std::uint64_t within = 0;
};

filter_place place_of_number(std::int64_t number)
{
    return {number / numbers_of_part, static_cast<std::uint64_t>(number % numbers_of_part)};
}

/// By the finalizer of MurmurHash3 (fmix64, Austin Appleby, public domain).
filter_place place_of_hash(std::int64_t value)
{
    auto mixed = static_cast<std::uint64_t>(value);
    mixed = (mixed ^ mixed >> 33U) * 0xFF51'AFD7'ED55'8CCDU;
    mixed = (mixed ^ mixed >> 33U) * 0xC4CE'B9FE'1A85'EC53U;
    mixed ^= mixed >> 33U;
    return {static_cast<std::int64_t>(mixed % hash_parts), mixed / hash_parts};
}

filter_place place_of(chunk_form form, std::int64_t value)
{
    return form == chunk_form::listed ? place_of_number(value) : place_of_hash(value);
}

bool has_bit(std::string_view bits, std::uint64_t bit)
{
    return bit / 8 < bits.size() && (static_cast<unsigned char>(bits[bit / 8]) >> (bit % 8) & 1U) != 0;
}

void set_bit(std::string& bits, std::uint64_t bit)
{
    auto& byte = bits[bit / 8];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | 1U << (bit % 8));
}

/// Calls `use` with the bits that a value has in a Bloom filter, until it returns false; returns whether it did not.
template <class Use>
bool each_bit(std::uint64_t within, std::size_t bytes, Use use)
{
    constexpr unsigned bits_of_value = 4, bits_of_place = 12; // 4096 places in 512 bytes
    for (unsigned i = 0; i < bits_of_value; ++i)
        if (!use((within >> (i * bits_of_place)) % (bytes * 8))) return false;
    return true;
}

/// Whether a part of a group has, or may have, what stands there.
bool may_have_at(std::string_view part, bool is_listed, std::uint64_t within)
{
    if (part.empty()) return true;
    auto const kind = part.front();
    part.remove_prefix(1);
    bool const is_other_form = is_listed ? kind == by_hashes : kind == by_numbers || kind == by_bits;
    if (is_other_form) return false;
    switch (kind) {
    case by_numbers:
        for (; part.size() >= number_bytes; part.remove_prefix(number_bytes))
            if (number_at(part.data(), number_bytes) == within) return true;
        return false;
    case by_bits: return has_bit(part, within);
    case by_hashes:
        return part.empty() || each_bit(within, part.size(), [part](std::uint64_t bit) { return has_bit(part, bit); });
    default: return true; // damaged
    }
}

/// Says which numbers of a part there are, in whichever way takes less; they are in order.
std::string told_numbers(std::vector<std::uint64_t> const& numbers)
{
    auto const bytes = numbers.back() / 8 + 1;
    if (numbers.size() * number_bytes <= bytes) {
        std::string told(1, by_numbers);
        for (auto const number : numbers) append_number(told, number, number_bytes);
        return told;
    }
    std::string bits(bytes, '\0');
    for (auto const number : numbers) set_bit(bits, number);
    return std::string(1, by_bits) + bits;
}

std::string bloom_filter(std::vector<std::uint64_t> const& values, std::size_t bytes)
{
    std::string bits(bytes, '\0');
    for (auto const value : values)
        each_bit(value, bytes, [&bits](std::uint64_t bit) {
            set_bit(bits, bit);
            return true;
        });
    return std::string(1, by_hashes) + bits;
}

} // namespace

std::vector<value_filter_part> value_filter_of(encoded_chunk const& chunk, std::size_t rows)
{
    constexpr std::size_t least_bytes_of_value = 4, least_bytes = 8, most_bytes = 512;
    bool const is_listed = chunk.form == chunk_form::listed;
    bool const is_wide = chunk.form != chunk_form::texts && chunk.content.size() >= least_bytes_of_value * rows;
    if (!is_listed && !is_wide) return {};
    auto values = values_of(chunk, rows);
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    std::map<std::int64_t, std::vector<std::uint64_t>> by_part;
    for (auto const value : values) {
        if (value == no_value) continue;
        auto const [part, within] = place_of(chunk.form, value);
        by_part[part].push_back(within);
    }
    // Of as many values as a part has on average, each has a byte.
    auto const bytes = std::clamp<std::size_t>(std::bit_ceil(values.size() / hash_parts), least_bytes, most_bytes);
    std::vector<value_filter_part> parts;
    for (auto const& [part, within] : by_part)
        parts.push_back({.part = part, .bits = is_listed ? told_numbers(within) : bloom_filter(within, bytes)});
    return parts;
}

result<void> write_value_filter(connection& db, field_name field, std::int64_t group,
                                std::vector<value_filter_part> const& parts)
{
    for (auto const& [part, bits] : parts) {
        auto const done = db.execute("INSERT INTO value_filter (field,part,row_group,bits) VALUES (?1,?2,?3,?4)", field,
                                     part, group, blob{bits});
        if (!done) return done;
    }
    return {};
}

result<void> delete_value_filter(connection& db, field_name field, std::int64_t group, std::int64_t parts)
{
    constexpr std::int64_t most_parts = 256; // of a list of empty texts
    for (std::int64_t part = 0; part < std::min(parts, most_parts); ++part) {
        auto const done =
            db.execute("DELETE FROM value_filter WHERE field=?1 AND part=?2 AND row_group=?3", field, part, group);
        if (!done) return done;
    }
    return {};
}

result<void> each_listed_number(connection& db, field_name field, std::function<void(std::int64_t)> const& use)
{
    auto found = db.query("SELECT part,bits FROM value_filter WHERE field=?1", field);
    if (!found) return found.error();
    while (found->next()) {
        auto const first = found->get<std::int64_t>(0) * numbers_of_part;
        auto bits = found->get<std::string_view>(1);
        if (bits.empty()) return make_error_code(errc::damaged);
        auto const kind = bits.front();
        if (kind != by_numbers && kind != by_bits && kind != by_hashes) return make_error_code(errc::damaged);
        bits.remove_prefix(1);
        if (kind == by_numbers)
            for (; bits.size() >= number_bytes; bits.remove_prefix(number_bytes))
                use(first + static_cast<std::int64_t>(number_at(bits.data(), number_bytes)));
        if (kind == by_bits)
            for (std::uint64_t bit = 0; bit < bits.size() * 8; ++bit)
                if (has_bit(bits, bit)) use(first + static_cast<std::int64_t>(bit));
    }
    if (found->error()) return found->error();
    return {};
}

result<groups_with_values> groups_with_values::find(connection& db, field_name field, chunk_form form,
                                                    std::vector<std::int64_t> const& values)
{
    constexpr std::size_t most_values = 256;
    groups_with_values made;
    made.may_all_ = values.size() > most_values;
    if (made.may_all_) return made;
    std::map<std::int64_t, std::vector<std::uint64_t>> by_part;
    for (auto const value : values) {
        auto const [part, within] = place_of(form, value);
        by_part[part].push_back(within);
    }
    for (auto const& [part, places] : by_part) {
        auto found = db.query("SELECT row_group,bits FROM value_filter WHERE field=?1 AND part=?2", field, part);
        if (!found) return found.error();
        while (found->next()) {
            auto const bits = found->get<std::string_view>(1);
            if (std::ranges::any_of(places, [&](std::uint64_t within) {
                    return may_have_at(bits, form == chunk_form::listed, within);
                }))
                made.groups_.push_back(found->get<std::int64_t>(0));
        }
        if (found->error()) return found->error();
    }
    std::ranges::sort(made.groups_);
    return made;
}

bool groups_with_values::may_have(std::int64_t group) const
{
    return may_all_ || std::ranges::binary_search(groups_, group);
}

} // namespace weir::storage
