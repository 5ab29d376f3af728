#include "storage/related_rows.hpp"

#include "storage/collect.hpp"
#include "storage/column_question.hpp"
#include "storage/ids.hpp"
#include "storage/json_text.hpp"
#include "storage/like.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace weir::storage
{
namespace
{

/// Where more are meant, a page of the newest is full soon. Many calls may have scores and inputs: for a page the
/// newest of these are found, among so many that are looked at: few at first, which is enough where most pass.
constexpr std::int64_t most_related = 65'536, most_of_page = 8192, newest_of_page = 64, few_looked_at = 1024,
                       most_looked_at = 16'384;

using found_rows = std::optional<related_rows>;

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

/// The rows of a query, each once; none when there are more than that.
result<found_rows> in_order(result<std::vector<std::int64_t>> found, std::int64_t most = most_related)
{
    if (!found) return found.error();
    if (std::ssize(*found) > most) return found_rows();
    std::ranges::sort(*found);
    found->erase(std::unique(found->begin(), found->end()), found->end());
    return found_rows({.rows = std::move(*found)});
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

/// Those of the newest that pass. `found` has keys newest first, some several times.
template <class Passes>
result<related_rows> newest_that(result<rows> found, std::int64_t most, Passes passes)
{
    if (!found) return found.error();
    related_rows newest;
    std::int64_t looked_at = 0, last = 0;
    bool is_at_end = false;
    while (std::ssize(newest.rows) < newest_of_page && looked_at < most) {
        is_at_end = !found->next();
        if (is_at_end) break;
        ++looked_at;
        last = found->template get<std::int64_t>(0);
        bool const is_known = !newest.rows.empty() && newest.rows.back() == last;
        if (!is_known && passes(*found)) newest.rows.push_back(last);
    }
    if (found->error()) return found->error();
    std::ranges::reverse(newest.rows);
    if (!is_at_end) newest.complete_from = last + 1; // something else of that one was not looked at
    return newest;
}

/// Whether a page needs no others.
bool is_enough(related_rows const& newest)
{
    bool const are_all = newest.complete_from == std::numeric_limits<std::int64_t>::min();
    return are_all || std::ssize(newest.rows) == newest_of_page;
}

result<found_rows> in_page(result<related_rows> newest)
{
    if (!newest) return newest.error();
    return found_rows(std::move(*newest));
}

/// The newest calls with a score that passes: `passes(attribute, value)`.
template <class Passes>
result<related_rows> newest_with_score(connection& db, organization_id organization, std::int64_t most, Passes passes)
{
    return newest_that(
        db.query("SELECT row_id,attribute_id,int_value FROM score_value INDEXED BY score_by_row"
                 " WHERE organization_id=?1 AND row_id IS NOT NULL ORDER BY row_id DESC",
                 organization),
        most, [&passes](rows const& row) { return passes(row.get<std::int64_t>(1), row.get<std::int64_t>(2)); });
}

result<found_rows> with_score(connection& db, organization_id organization, std::string const& key,
                              filter_condition const& what, bool is_for_page)
{
    auto const number = number_of(what);
    if (!number) return found_rows();
    auto const attribute = first_value<std::int64_t>(
        db.query("SELECT id FROM score_attribute WHERE organization_id=?1 AND score_key=?2", organization, key));
    if (!attribute && attribute.error() == errc::not_found) return found_rows(std::in_place);
    if (!attribute) return attribute.error();
    auto const passes = [&](std::int64_t of, std::int64_t value) {
        return of == *attribute &&
               compares(static_cast<long double>(value), what.how, static_cast<long double>(*number));
    };
    if (is_for_page) {
        auto newest = newest_with_score(db, organization, few_looked_at, passes);
        if (!newest || is_enough(*newest)) return in_page(std::move(newest));
    }
    auto const most = is_for_page ? most_of_page : most_related;
    sql asked("SELECT s.row_id FROM score_value AS s INDEXED BY score_by_value WHERE s.row_id IS NOT NULL"
              " AND s.attribute_id=");
    asked.bind(*attribute) << " AND s.int_value" << sign_of(what.how);
    asked.bind(*number) << " LIMIT ";
    asked.bind(most + 1);
    auto all = in_order(collect_column<std::int64_t>(db.query(asked)), most);
    if (!all || *all || !is_for_page) return all;
    return in_page(newest_with_score(db, organization, most_looked_at, passes));
}

/// A score, without its values.
struct score_name {
    std::int64_t attribute = 0;
    std::string key;
};

result<std::vector<score_name>> names_of_scores(connection& db, organization_id organization)
{
    return collect(db.query("SELECT id,score_key FROM score_attribute WHERE organization_id=?1", organization),
                   [](rows const& row) {
                       return score_name{.attribute = row.get<std::int64_t>(0), .key = row.get<std::string>(1)};
                   });
}

/// Values of a score of which something is true.
struct passing_values {
    std::int64_t attribute = 0;
    std::vector<std::int64_t> values{};
};

/// The different values, of which there are few, are found in the index; none where they are many.
template <class Passes>
result<std::optional<std::vector<passing_values>>> find_values(connection& db, std::vector<score_name> const& names,
                                                               Passes passes)
{
    using found_values = std::optional<std::vector<passing_values>>;
    constexpr std::int64_t most_values = 4096;
    std::vector<passing_values> all;
    auto left = most_values;
    for (auto const& name : names) {
        auto values = collect_column<std::int64_t>(db.query(
            "WITH RECURSIVE v(n) AS (SELECT min(int_value) FROM score_value WHERE attribute_id=?1 UNION ALL"
            " SELECT (SELECT min(s.int_value) FROM score_value AS s WHERE s.attribute_id=?1 AND s.int_value>v.n)"
            " FROM v WHERE v.n IS NOT NULL LIMIT ?2) SELECT n FROM v WHERE n IS NOT NULL",
            name.attribute, left + 1));
        if (!values) return values.error();
        left -= std::ssize(*values) + 1;
        if (left < 0) return found_values();
        std::erase_if(*values, [&](std::int64_t value) { return !passes(name.key, value); });
        all.push_back({.attribute = name.attribute, .values = std::move(*values)});
    }
    return found_values(std::move(all));
}

/// The rows with a score of which something is true.
template <class Passes>
result<found_rows> with_score_that(connection& db, organization_id organization, std::vector<score_name> const& names,
                                   bool is_for_page, Passes passes)
{
    if (is_for_page) {
        std::map<std::pair<std::int64_t, std::int64_t>, bool> known;
        auto newest =
            newest_with_score(db, organization, few_looked_at, [&](std::int64_t attribute, std::int64_t value) {
                auto const [found, is_new] = known.try_emplace({attribute, value});
                if (!is_new) return found->second;
                auto const name = std::ranges::find(names, attribute, &score_name::attribute);
                return found->second = name != names.end() && passes(name->key, value);
            });
        if (!newest || is_enough(*newest)) return in_page(std::move(newest));
    }
    auto const passing = find_values(db, names, passes);
    if (!passing) return passing.error();
    if (!*passing) return found_rows();
    auto const most = is_for_page ? most_of_page : most_related;
    std::vector<std::int64_t> rows;
    for (auto const& [attribute, values] : **passing)
        for (auto const value : values) {
            auto const some = collect_column<std::int64_t>(
                db.query("SELECT row_id FROM score_value INDEXED BY score_by_value WHERE attribute_id=?1 AND"
                         " int_value=?2 AND row_id IS NOT NULL LIMIT ?3",
                         attribute, value, most + 1));
            if (!some) return some.error();
            rows.insert(rows.end(), some->begin(), some->end());
            if (std::ssize(rows) <= most) continue;
            if (!is_for_page) return found_rows();
            return in_page(
                newest_with_score(db, organization, most_looked_at, [&](std::int64_t of, std::int64_t number) {
                    return std::ranges::any_of(**passing, [&](passing_values const& known) {
                        return known.attribute == of && std::ranges::binary_search(known.values, number);
                    });
                }));
        }
    return in_order(std::move(rows));
}

result<found_rows> with_score_like(connection& db, organization_id organization, filter_condition const& what,
                                   bool is_for_page)
{
    auto names = names_of_scores(db, organization);
    if (!names) return names.error();
    std::erase_if(*names, [&what](score_name const& name) { return name.key != what.key; });
    value_test const test(db, what, filter_family::text);
    return with_score_that(db, organization, *names, is_for_page, [&test](std::string const&, std::int64_t value) {
        return test.passes(std::to_string(value));
    });
}

/// The longest part of a pattern, or of the text that is to be contained, that stands for itself and cannot reach from
/// one member of a JSON object into the next.
std::string_view longest_literal(std::string_view pattern)
{
    std::string_view longest;
    for (;;) {
        auto const end = pattern.find_first_of("%_\\,{}");
        auto const literal = pattern.substr(0, end);
        if (literal.size() > longest.size()) longest = literal;
        if (end == pattern.npos) return longest;
        pattern.remove_prefix(end + 1);
    }
}

/// By all scores of a call as one text, a JSON object: what it must contain is in one of its members.
result<found_rows> with_scores_like(connection& db, organization_id organization, filter_condition const& what,
                                    bool is_for_page)
{
    constexpr std::string_view of_none = "{}";
    auto const* text = std::get_if<std::string>(&what.operand);
    if (!text || value_test(db, what, filter_family::text).passes(of_none)) return found_rows();
    if (what.how == comparison::equals && !text->starts_with('{')) return found_rows(std::in_place);
    bool const is_pattern =
        what.how == comparison::contains || what.how == comparison::like || what.how == comparison::ilike;
    auto const names = names_of_scores(db, organization);
    if (!names) return names.error();
    auto const part = is_pattern ? longest_literal(*text) : std::string_view();
    auto const pattern = '%' + std::string(part) + '%';
    return with_score_that(db, organization, *names, is_for_page, [&](std::string const& key, std::int64_t value) {
        auto const name = json_of_texts({key});
        auto const member = name.substr(1, name.size() - 2) + ':' + std::to_string(value);
        return part.empty() || is_like(member, pattern, true, db.progress()).value_or(true);
    });
}

result<found_rows> with_feedback(connection& db, organization_id organization, filter_condition const& what)
{
    auto const* text = std::get_if<std::string>(&what.operand);
    if (text && *text == "null") return found_rows(); // calls without feedback
    auto const number = number_of(what);
    bool const is_one = what.column == "rating" && what.how == comparison::equals && number;
    return rows_of(db, organization,
                   collect_column<uuid>(db.query("SELECT request_id FROM feedback WHERE organization_id=?1"
                                                 " AND (?2 IS NULL OR rating=?2) LIMIT ?3",
                                                 organization, is_one ? number : std::nullopt, most_related + 1)));
}

/// What has a tag of which the condition is true.
result<std::vector<std::string>> tagged(connection& db, organization_id organization, std::string const& type,
                                        filter_condition const& what)
{
    sql asked("SELECT t.entity_id FROM tag AS t WHERE t.organization_id=");
    asked.bind(static_cast<std::int64_t>(organization)) << " AND t.entity_type=";
    asked.bind(type) << " AND ";
    append_comparison(what, asked);
    (asked << " LIMIT ").bind(most_related + 1);
    return collect_column<std::string>(db.query(asked));
}

result<found_rows> with_tag(connection& db, organization_id organization, filter_condition const& what)
{
    auto const texts = tagged(db, organization, "request", what);
    if (!texts) return texts.error();
    if (std::ssize(*texts) > most_related) return found_rows();
    std::vector<uuid> requests;
    for (auto const& text : *texts)
        if (auto const id = uuid::parse(text)) requests.push_back(*id);
    return rows_of(db, organization, std::move(requests));
}

/// The calls of which an input of a prompt was taken that passes; what is no text is looked at.
result<found_rows> with_input(connection& db, organization_id organization, filter_condition const& what,
                              bool is_for_page)
{
    value_test const test(db, what, filter_family::text);
    auto const passes = [&test](rows const& row) {
        return !row.get<bool>(2) || test.passes(row.get<std::string_view>(1));
    };
    auto found = db.query("SELECT i.source_row_id,v.value,v.type='text' FROM prompt_input AS i CROSS JOIN"
                          " json_each(i.inputs) AS v WHERE i.organization_id=?1 AND i.source_row_id IS NOT NULL"
                          " AND i.experiment_id IS NULL AND v.key=?2 ORDER BY i.source_row_id DESC",
                          organization, what.key);
    if (is_for_page) return in_page(newest_that(std::move(found), most_looked_at, passes));
    if (!found) return found.error();
    std::vector<std::int64_t> rows;
    while (std::ssize(rows) <= most_related && found->next())
        if (passes(*found)) rows.push_back(found->get<std::int64_t>(0));
    if (found->error()) return found->error();
    return in_order(std::move(rows));
}

result<found_rows> starred(connection& db, organization_id organization)
{
    return rows_of(db, organization,
                   collect_column<uuid>(db.query(
                       "SELECT request_id FROM tracked_request WHERE organization_id=?1 AND is_starred LIMIT ?2",
                       organization, most_related + 1)));
}

} // namespace

result<found_rows> find_related_rows(connection& db, organization_id organization, filter_condition const& what,
                                     bool is_for_page)
{
    auto const is = [&](std::string_view table, std::string_view column) {
        return what.table == table && what.column == column;
    };
    if (is("request_response_rmt", "scores"))
        return sign_of(what.how).empty() ? with_score_like(db, organization, what, is_for_page)
                                         : with_score(db, organization, what.key, what, is_for_page);
    if (is("request_response_rmt", "scores_column")) return with_scores_like(db, organization, what, is_for_page);
    if (is("request_response_rmt", "helicone-score-feedback"))
        return with_score(db, organization, "helicone-score-feedback", what, is_for_page);
    if (what.table == "feedback") return with_feedback(db, organization, what);
    if (is("tracking", "tag")) return with_tag(db, organization, what);
    if (is("values", "")) return with_input(db, organization, what, is_for_page);
    if (is("tracking", "starred") && what.how == comparison::equals && number_of(what) == 1)
        return starred(db, organization);
    return found_rows();
}

result<std::optional<std::vector<std::string>>> find_tagged_sessions(connection& db, organization_id organization,
                                                                     filter_condition const& what)
{
    using sessions = std::optional<std::vector<std::string>>;
    auto found = tagged(db, organization, "session", what);
    if (!found) return found.error();
    return std::ssize(*found) > most_related ? sessions() : sessions(std::move(*found));
}

} // namespace weir::storage
