#include "storage/sql_functions.hpp"

#include "storage/assets.hpp"
#include "storage/body_block.hpp"
#include "storage/call_functions.hpp"
#include "storage/connection.hpp"
#include "storage/function_value.hpp"
#include "storage/ids.hpp"
#include "storage/like.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <optional>

namespace weir::storage
{
namespace
{

void like_function(sqlite3_context* context, int, sqlite3_value** given)
{
    if (sqlite3_value_type(given[0]) == SQLITE_NULL || sqlite3_value_type(given[1]) == SQLITE_NULL) return;
    auto const& early = *static_cast<interruption const*>(sqlite3_user_data(context));
    auto const is = is_like(bytes_of(given[0]), bytes_of(given[1]), sqlite3_value_int(given[2]) != 0, early);
    if (is)
        sqlite3_result_int(context, *is ? 1 : 0);
    else
        sqlite3_result_error_code(context, SQLITE_INTERRUPT);
}

/// The text of an id; NULL for what is none.
void uuid_text(sqlite3_context* context, int, sqlite3_value** given)
{
    auto const bytes = bytes_of(given[0]);
    uuid id;
    if (bytes.size() != id.bytes.size()) return;
    std::ranges::copy(bytes, id.bytes.begin());
    try {
        auto const text = id.text();
        sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    } catch (std::bad_alloc const&) { // SQLite's frames are C
        sqlite3_result_error_nomem(context);
    }
}

/// Reads `from`, for one connection. The rows of a block follow each other, so it is fetched and unpacked once for
/// them.
class body_reader
{
public:
    /// `fetch`: the content of a block, by its id.
    body_reader(sqlite3_stmt* fetch, interruption const& early)
        : fetch_(fetch)
        , early_(&early)
    {
    }

    bool interrupted() const { return early_->wanted(); }

    std::optional<body_unpacker::views> find(std::int64_t block, row_id id)
    {
        if (block != opened_) {
            opened_ = 0;
            if (!open(block)) return std::nullopt;
            opened_ = block;
        }
        auto const found = unpacker_.at(id);
        return found ? std::optional(*found) : std::nullopt;
    }

private:
    bool open(std::int64_t block)
    {
        std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> const ends(fetch_, sqlite3_reset);
        sqlite3_bind_int64(fetch_, 1, block);
        if (sqlite3_step(fetch_) != SQLITE_ROW) return false;
        auto const* data = static_cast<char const*>(sqlite3_column_blob(fetch_, 0));
        auto const size = static_cast<std::size_t>(sqlite3_column_bytes(fetch_, 0));
        return unpacker_.open({data ? data : "", size}).has_value();
    }

    sqlite3_stmt* fetch_;
    interruption const* early_;
    std::int64_t opened_ = 0;
    body_unpacker unpacker_;
};

void body(sqlite3_context* context, int, sqlite3_value** given)
{
    if (sqlite3_value_type(given[0]) == SQLITE_NULL) return;
    auto& reader = *static_cast<body_reader*>(sqlite3_user_data(context));
    if (reader.interrupted()) return sqlite3_result_error_code(context, SQLITE_INTERRUPT);
    try {
        auto const found =
            reader.find(sqlite3_value_int64(given[0]), static_cast<row_id>(sqlite3_value_int64(given[1])));
        if (!found) return;
        auto const text = sqlite3_value_int(given[2]) == 0 ? found->request : found->response;
        sqlite3_result_text64(context, text.data() ? text.data() : "", text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } catch (std::bad_alloc const&) { // SQLite's frames are C
        sqlite3_result_error_nomem(context);
    }
}

/// The ids of a row's images, as a JSON array.
void asset_ids(sqlite3_context* context, int, sqlite3_value** given)
{
    try {
        std::string ids = "[";
        auto const count = static_cast<std::size_t>(sqlite3_value_int64(given[1]));
        for (std::size_t n = 0; n < std::min(count, most_assets); ++n) {
            if (n > 0) ids += ',';
            ids += '"' + asset_id(static_cast<row_id>(sqlite3_value_int64(given[0])), n).text() + '"';
        }
        ids += ']';
        sqlite3_result_text64(context, ids.data(), ids.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } catch (std::bad_alloc const&) { // SQLite's frames are C
        sqlite3_result_error_nomem(context);
    }
}

void response_id_text(sqlite3_context* context, int, sqlite3_value** given)
{
    auto const text = response_id(static_cast<row_id>(sqlite3_value_int64(given[0]))).text();
    sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

} // namespace

result<void> add_row_functions(connection& to, row_function_names const& names, connection& from)
{
    auto const fetch = from.prepare("SELECT content FROM body_block WHERE id=?1");
    if (!fetch) return fetch.error();
    int code = sqlite3_create_function_v2(to.handle(), names.body.c_str(), 3, own_function_flags,
                                          new body_reader(*fetch, to.progress()), body, nullptr, nullptr,
                                          [](void* read) { delete static_cast<body_reader*>(read); });
    struct {
        std::string const& name;
        int parameters;
        void (*run)(sqlite3_context*, int, sqlite3_value**);
    } const others[] = {{names.asset_ids, 2, asset_ids}, {names.response_id, 1, response_id_text}};
    for (auto const& f : others)
        if (code == SQLITE_OK)
            code = sqlite3_create_function_v2(to.handle(), f.name.c_str(), f.parameters, own_function_flags, nullptr,
                                              f.run, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error_of(code);
    return {};
}

result<void> add_sql_functions(connection& db)
{
    int code =
        sqlite3_create_function_v2(db.handle(), "weir_like", 3, own_function_flags,
                                   const_cast<interruption*>(&db.progress()), like_function, nullptr, nullptr, nullptr);
    if (code == SQLITE_OK)
        code = sqlite3_create_function_v2(db.handle(), "weir_uuid_text", 1, own_function_flags, nullptr, uuid_text,
                                          nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error_of(code);
    if (auto const added = add_call_functions(db); !added) return added;
    return add_row_functions(db, {"weir_body", "weir_asset_ids", "weir_response_id"}, db);
}

} // namespace weir::storage
