#include "storage/foreign_dialect.hpp"

namespace weir::storage
{
namespace
{

bool is_name_part(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// Behind a quoted text or name that begins at `at`, where a doubled quote stands for one; the end if it never ends.
std::size_t behind_quoted(std::string_view sql, std::size_t at, char quote)
{
    for (auto i = sql.find(quote, at + 1); i != sql.npos; i = sql.find(quote, i + 2))
        if (sql.substr(i + 1, 1) != std::string_view(&quote, 1)) return i + 1;
    return sql.size();
}

std::size_t behind(std::string_view sql, std::size_t at, std::string_view end)
{
    auto const found = sql.find(end, at);
    return found == sql.npos ? sql.size() : found + end.size();
}

/// Behind what begins at `at`: a text, a quoted name, a comment, or one character.
std::size_t next_token(std::string_view sql, std::size_t at)
{
    char const c = sql[at];
    if (c == '\'' || c == '"' || c == '`') return behind_quoted(sql, at, c);
    if (c == '[') return behind(sql, at, "]");
    if (sql.substr(at, 2) == "--") return behind(sql, at, "\n");
    if (sql.substr(at, 2) == "/*") return behind(sql, at + 2, "*/");
    return at + 1;
}

} // namespace

std::string with_members_as_sqlite_has_them(std::string_view statement)
{
    std::string out;
    for (std::size_t at = 0; at < statement.size();) {
        if (at > 0 && is_name_part(statement[at - 1]) && statement.substr(at, 2) == "['") {
            auto const end = behind_quoted(statement, at + 1, '\'');
            if (statement.substr(end, 1) == "]") {
                out.append("->>").append(statement.substr(at + 1, end - at - 1));
                at = end + 1;
                continue;
            }
        }
        auto const end = next_token(statement, at);
        out += statement.substr(at, end - at);
        at = end;
    }
    return out;
}

} // namespace weir::storage
