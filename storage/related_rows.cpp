#include "storage/related_rows.hpp"

#include "storage/collect.hpp"
#include "storage/ids.hpp"

#include <algorithm>
#include <charconv>

namespace weir::storage
{
namespace
{

/// Where more are meant, a page of them is full soon.
constexpr std::int64_t most_related = 65'536;

using found_rows = std::optional<std::vector<std::int64_t>>;

/// A number to compare with; none of what is something else.
std::optional<double> number_of(filter_condition const& what)
{
    if (auto const* number = std::get_if<double>(&what.operand)) return *number;
    if (auto const* truth = std::get_if<bool>(&what.operand)) return *truth ? 1 : 0;
    auto const* text = std::get_if<std::string>(&what.operand);
    double number = 0;
    if (!text) return std::nullopt;
    auto const parsed = std::from_chars(text->data(), text->data() + text->size(), number);
    return parsed.ec == std::errc{} && parsed.ptr == text->data() + text->size() ? std::optional(number) : std::nullopt;
}

/// The rows of a query, each once.
result<found_rows> in_order(result<std::vector<std::int64_t>> found)
{
    if (!found) return found.error();
    if (std::ssize(*found) > most_related) return found_rows();
    std::ranges::sort(*found);
    found->erase(std::unique(found->begin(), found->end()), found->end());
    return found_rows(std::move(*found));
}

/// The rows of public ids; a client may have chosen an id.
result<found_rows> rows_of(connection& db, organization_id organization, result<std::vector<uuid>> requests)
{
    if (!requests) return requests.error();
    if (std::ssize(*requests) > most_related) return found_rows();
    std::vector<std::int64_t> rows;
    for (auto const& request : *requests) {
        if (auto const row = row_id_of(request)) rows.push_back(static_cast<std::int64_t>(*row));
        auto const chosen = collect_column<std::int64_t>(
            db.query("SELECT id FROM request WHERE request_id=?1 AND client_chose_id=1 AND organization_id=?2", request,
                     organization));
        if (!chosen) return chosen.error();
        rows.insert(rows.end(), chosen->begin(), chosen->end());
    }
    return in_order(std::move(rows));
}

result<found_rows> with_score(connection& db, organization_id organization, std::string const& key,
                              filter_condition const& what)
{
    auto const sign = sign_of(what.how);
    auto const number = number_of(what);
    if (sign.empty() || !number) return found_rows();
    sql asked("SELECT s.row_id FROM score_value AS s INDEXED BY score_by_value WHERE s.attribute_id="
              "(SELECT id FROM score_attribute WHERE organization_id=");
    asked.bind(static_cast<std::int64_t>(organization)) << " AND score_key=";
    asked.bind(key) << ") AND s.row_id IS NOT NULL AND s.int_value" << sign;
    asked.bind(*number) << " LIMIT ";
    asked.bind(most_related + 1);
    return in_order(collect_column<std::int64_t>(db.query(asked)));
}

result<found_rows> with_feedback(connection& db, organization_id organization, filter_condition const& what)
{
    auto const number = number_of(what);
    bool const is_one = what.column == "rating" && what.how == comparison::equals && number;
    return rows_of(db, organization,
                   collect_column<uuid>(db.query("SELECT request_id FROM feedback WHERE organization_id=?1"
                                                 " AND (?2 IS NULL OR rating=?2) LIMIT ?3",
                                                 organization, is_one ? number : std::nullopt, most_related + 1)));
}

result<found_rows> with_tag(connection& db, organization_id organization, std::string const& tag)
{
    auto const texts = collect_column<std::string>(
        db.query("SELECT entity_id FROM tag WHERE organization_id=?1 AND entity_type='request' AND tag=?2 LIMIT ?3",
                 organization, tag, most_related + 1));
    if (!texts) return texts.error();
    std::vector<uuid> requests;
    for (auto const& text : *texts)
        if (auto const id = uuid::parse(text)) requests.push_back(*id);
    return rows_of(db, organization, std::move(requests));
}

result<found_rows> with_session_tag(connection& db, organization_id organization, std::string const& tag)
{
    return in_order(collect_column<std::int64_t>(
        db.query("SELECT r.id FROM tag AS t CROSS JOIN request AS r INDEXED BY request_by_session"
                 " ON r.session_id=t.entity_id AND r.organization_id=?1"
                 " WHERE t.organization_id=?1 AND t.entity_type='session' AND t.tag=?2 LIMIT ?3",
                 organization, tag, most_related + 1)));
}

result<found_rows> starred(connection& db, organization_id organization)
{
    return rows_of(db, organization,
                   collect_column<uuid>(db.query(
                       "SELECT request_id FROM tracked_request WHERE organization_id=?1 AND is_starred LIMIT ?2",
                       organization, most_related + 1)));
}

} // namespace

result<found_rows> find_related_rows(connection& db, organization_id organization, filter_condition const& what)
{
    auto const is = [&](std::string_view table, std::string_view column) {
        return what.table == table && what.column == column;
    };
    auto const* text = std::get_if<std::string>(&what.operand);
    bool const is_word = text && what.how == comparison::equals && *text != "null";
    if (is("request_response_rmt", "scores")) return with_score(db, organization, what.key, what);
    if (is("request_response_rmt", "helicone-score-feedback"))
        return with_score(db, organization, "helicone-score-feedback", what);
    if (is("feedback", "rating") || is("feedback", "created_at")) return with_feedback(db, organization, what);
    if (is("tracking", "tag") && is_word) return with_tag(db, organization, *text);
    if (is("sessions_request_response_rmt", "session_tag") && is_word) return with_session_tag(db, organization, *text);
    if (is("tracking", "starred") && what.how == comparison::equals && number_of(what) == 1)
        return starred(db, organization);
    return found_rows();
}

} // namespace weir::storage
