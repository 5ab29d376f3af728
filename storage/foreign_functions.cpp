#include "storage/foreign_functions.hpp"

#include "storage/connection.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

namespace weir::storage
{
namespace
{

constexpr std::string_view allowed[] = {
    "->",
    "->>",
    "abs",
    "avg",
    "ceil",
    "ceiling",
    "char",
    "coalesce",
    "count",
    "cume_dist",
    "date",
    "datetime",
    "dense_rank",
    "exp",
    "first_value",
    "floor",
    "group_concat",
    "hex",
    "ifnull",
    "iif",
    "instr",
    "json",
    "json_array",
    "json_array_length",
    "json_extract",
    "json_group_array",
    "json_group_object",
    "json_object",
    "json_quote",
    "json_type",
    "json_valid",
    "julianday",
    "lag",
    "last_value",
    "lead",
    "length",
    "like",
    "ln",
    "log",
    "log10",
    "log2",
    "lower",
    "ltrim",
    "max",
    "min",
    "mod",
    "nth_value",
    "ntile",
    "nullif",
    "percent_rank",
    "pow",
    "power",
    "random",
    "rank",
    "replace",
    "round",
    "row_number",
    "rtrim",
    "sign",
    "sqrt",
    "strftime",
    "substr",
    "substring",
    "sum",
    "time",
    "total",
    "trim",
    "trunc",
    "typeof",
    "unicode",
    "unixepoch",
    "upper",
};
static_assert(std::is_sorted(std::begin(allowed), std::end(allowed)));

std::string_view text_of(sqlite3_value* value)
{
    auto const* data = reinterpret_cast<char const*>(sqlite3_value_text(value));
    return {data ? data : "", data ? static_cast<std::size_t>(sqlite3_value_bytes(value)) : 0};
}

bool has_null(int count, sqlite3_value** given)
{
    return std::any_of(given, given + count, [](auto* value) { return sqlite3_value_type(value) == SQLITE_NULL; });
}

/// The place of `part` in `text` from `at` on, found in linear time, which std::string_view::find does not promise.
std::size_t place_of(std::string_view text, std::string_view part, std::size_t at)
{
    auto const* found = ::memmem(text.data() + at, text.size() - at, part.data(), part.size());
    return found ? static_cast<std::size_t>(static_cast<char const*>(found) - text.data()) : text.npos;
}

/// `X LIKE Y` is like(Y, X).
void like(sqlite3_context* context, int count, sqlite3_value** given)
{
    if (has_null(count, given)) return;
    auto const& early = *static_cast<interruption const*>(sqlite3_user_data(context));
    auto const is = is_like(text_of(given[1]), text_of(given[0]), true, early);
    if (is)
        sqlite3_result_int(context, *is ? 1 : 0);
    else
        sqlite3_result_error_code(context, SQLITE_INTERRUPT);
}

void instr(sqlite3_context* context, int count, sqlite3_value** given)
{
    if (has_null(count, given)) return;
    auto const text = text_of(given[0]), part = text_of(given[1]);
    auto const at = place_of(text, part, 0);
    auto const is_first = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    auto const characters = at == text.npos ? -1 : std::count_if(text.begin(), text.begin() + at, is_first);
    sqlite3_result_int64(context, characters + 1);
}

void replace(sqlite3_context* context, int count, sqlite3_value** given)
{
    if (has_null(count, given)) return;
    auto const text = text_of(given[0]), part = text_of(given[1]), by = text_of(given[2]);
    if (part.empty()) return sqlite3_result_value(context, given[0]);
    auto const most =
        static_cast<std::size_t>(sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LENGTH, -1));
    try {
        std::string made;
        std::size_t from = 0;
        for (auto at = place_of(text, part, 0); at != text.npos; at = place_of(text, part, from)) {
            made.append(text, from, at - from).append(by);
            from = at + part.size();
            if (made.size() > most) return sqlite3_result_error_toobig(context);
        }
        made.append(text, from);
        sqlite3_result_text64(context, made.data(), made.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } catch (std::bad_alloc const&) { // SQLite's frames are C
        sqlite3_result_error_nomem(context);
    }
}

void refuse(sqlite3_context* context, int, sqlite3_value**)
{
    sqlite3_result_error(context, "LIKE … ESCAPE and trim with a set of characters are not offered", -1);
}

} // namespace

bool is_foreign_function(std::string_view name)
{
    return std::binary_search(std::begin(allowed), std::end(allowed), name);
}

result<void> replace_slow_functions(connection& db)
{
    constexpr struct {
        char const* name;
        int parameters;
        void (*run)(sqlite3_context*, int, sqlite3_value**);
    } functions[] = {
        {"like", 2, like},   {"instr", 2, instr},  {"replace", 3, replace}, {"like", 3, refuse},
        {"trim", 2, refuse}, {"ltrim", 2, refuse}, {"rtrim", 2, refuse},
    };
    constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
    auto* const early = const_cast<interruption*>(&db.progress()); // handed back as it was
    for (auto const& f : functions) {
        int const code = sqlite3_create_function_v2(db.handle(), f.name, f.parameters, flags, early, f.run, nullptr,
                                                    nullptr, nullptr);
        if (code != SQLITE_OK) return error_of(code);
    }
    return {};
}

} // namespace weir::storage
