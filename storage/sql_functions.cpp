#include "storage/sql_functions.hpp"

#include "storage/body_block.hpp"
#include "storage/connection.hpp"
#include "storage/like.hpp"

#include <sqlite3.h>

namespace weir::storage
{
namespace
{

std::string_view bytes_of(sqlite3_value* value)
{
    auto const* data = static_cast<char const*>(sqlite3_value_blob(value));
    return {data ? data : "", static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

void like(sqlite3_context* context, int, sqlite3_value** given)
{
    if (sqlite3_value_type(given[0]) == SQLITE_NULL || sqlite3_value_type(given[1]) == SQLITE_NULL) return;
    bool const ignore_case = sqlite3_value_int(given[2]) != 0;
    sqlite3_result_int(context, is_like(bytes_of(given[0]), bytes_of(given[1]), ignore_case) ? 1 : 0);
}

/// A connection's own: the rows of a block follow each other, so it is unpacked once for them.
struct body_reader {
    body_unpacker unpacker;
};

void body(sqlite3_context* context, int, sqlite3_value** given)
{
    if (sqlite3_value_type(given[0]) == SQLITE_NULL) return;
    auto& reader = *static_cast<body_reader*>(sqlite3_user_data(context));
    auto found = reader.unpacker.find(bytes_of(given[0]), static_cast<row_id>(sqlite3_value_int64(given[1])));
    if (!found) return;
    auto const& text = sqlite3_value_int(given[2]) == 0 ? found->request : found->response;
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

} // namespace

result<void> add_sql_functions(connection& db)
{
    constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    int code = sqlite3_create_function_v2(db.handle(), "weir_like", 3, flags, nullptr, like, nullptr, nullptr, nullptr);
    if (code == SQLITE_OK)
        code = sqlite3_create_function_v2(db.handle(), "weir_body", 3, flags, new body_reader, body, nullptr, nullptr,
                                          [](void* reader) { delete static_cast<body_reader*>(reader); });
    if (code != SQLITE_OK) return error_of(code);
    return {};
}

} // namespace weir::storage
