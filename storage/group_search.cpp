#include "storage/group_search.hpp"

#include "storage/collect.hpp"
#include "storage/column_chunk.hpp"
#include "storage/column_question.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <unordered_map>

namespace weir::storage
{
namespace
{

/// Where more calls wait for a group, a search looks at all calls.
constexpr std::size_t most_waiting = 65'536;

using verdict = group_verdict;

verdict both(verdict a, verdict const& b)
{
    if (a.is == verdict::kind::none) return a;
    if (b.is == verdict::kind::none) return b;
    bool const is_exact = a.is_exact && b.is_exact;
    if (a.is == verdict::kind::all)
        a = b;
    else if (b.is == verdict::kind::some)
        std::ranges::transform(a.mask, b.mask, a.mask.begin(), std::bit_and());
    a.is_exact = is_exact;
    return a;
}

verdict either(verdict a, verdict const& b)
{
    bool const is_exact = a.is_exact && b.is_exact;
    if (a.is == verdict::kind::none || b.is == verdict::kind::all)
        a = b;
    else if (a.is == verdict::kind::some && b.is == verdict::kind::some)
        std::ranges::transform(a.mask, b.mask, a.mask.begin(), std::bit_or());
    a.is_exact = is_exact;
    return a;
}

/// The values for which `passes` is true.
template <class Passes>
verdict chosen(std::vector<std::int64_t> const& values, Passes passes)
{
    verdict made{.is = verdict::kind::some, .mask = std::vector<std::uint8_t>(values.size())};
    std::ranges::transform(values, made.mask.begin(),
                           [&](std::int64_t value) { return value != no_value && passes(value) ? 1 : 0; });
    return made;
}

} // namespace

struct group_search::state {
    connection& db;
    column_question asked;
    std::vector<row_group> groups{};
    std::vector<std::int64_t> waiting{};
    bool has_gaps = false;
    /// Of each field that was asked for.
    std::map<std::string, std::unordered_map<std::int64_t, encoded_chunk>, std::less<>> heads{};

    result<void> find_groups()
    {
        auto all =
            collect(db.query("SELECT id,row_count,first_row,last_row,has_all_properties,deleted_to FROM row_group"
                             " ORDER BY last_row DESC"),
                    [](rows const& row) {
                        return row_group{.id = row.get<std::int64_t>(0),
                                         .rows = row.get<std::size_t>(1),
                                         .first_row = row.get<std::int64_t>(2),
                                         .last_row = row.get<std::int64_t>(3),
                                         .has_all_properties = row.get<bool>(4),
                                         .deleted_to = row.get<std::int64_t>(5)};
                    });
        if (!all) return all.error();
        groups = std::move(*all);
        return {};
    }

    /// What the groups there are do not say of their rows.
    result<void> find_exceptions()
    {
        auto found = collect_column<std::int64_t>(
            db.query("SELECT j.value FROM ungrouped_rows AS u,json_each(u.row_ids) AS j LIMIT ?1", most_waiting + 1));
        if (!found) return found.error();
        waiting = std::move(*found);
        std::ranges::sort(waiting);
        auto const any_gap = is_any(db.query("SELECT 1 FROM row_group_gap LIMIT 1"));
        if (!any_gap) return any_gap.error();
        has_gaps = *any_gap;
        return {};
    }

    result<verdict> judge(column_question const& what, row_group const& in)
    {
        switch (what.is) {
        case column_question::kind::unknown: break;
        case column_question::kind::of_values: return judge_values(what, in);
        case column_question::kind::of_rows: return judge_rows(what.rows, in);
        case column_question::kind::all_of:
        case column_question::kind::any_of: return judge_parts(what, in);
        }
        return verdict{.is_exact = false};
    }

    /// Takes the rows out that the group has no longer, or not as they are now.
    result<void> take_out(row_group const& of, verdict& from)
    {
        auto const first = std::ranges::lower_bound(waiting, of.first_row);
        bool const some_wait = first != waiting.end() && *first <= of.last_row;
        bool const looks_at_ids = of.deleted_to >= of.first_row || some_wait;
        if (from.is == verdict::kind::none || !(looks_at_ids || has_gaps)) return {};
        if (from.is == verdict::kind::all) from.mask.assign(of.rows, 1);
        from.is = verdict::kind::some;
        auto gaps = db.query("SELECT position FROM row_group_gap WHERE row_group=?1", of.id);
        if (!gaps) return gaps.error();
        while (gaps->next())
            if (auto const row = gaps->get<std::size_t>(0); row < of.rows) from.mask[row] = 0;
        if (gaps->error()) return gaps->error();
        if (!looks_at_ids) return {};
        auto const ids = all_ids_of(of);
        if (!ids) return ids.error();
        for (std::size_t row = 0; row < of.rows; ++row)
            if ((*ids)[row] <= of.deleted_to || std::ranges::binary_search(waiting, (*ids)[row])) from.mask[row] = 0;
        return {};
    }

    result<std::vector<std::int64_t>> all_ids_of(row_group const& of)
    {
        auto const chunk = ids_of(of);
        if (!chunk) return chunk.error();
        return values_of(*chunk, of.rows);
    }

    result<encoded_chunk> ids_of(row_group const& of)
    {
        auto content = first_value<std::string>(db.query("SELECT row_ids FROM row_group WHERE id=?1", of.id));
        if (!content) return content.error();
        encoded_chunk chunk{.least = of.first_row, .greatest = of.last_row, .content = std::move(*content)};
        if (!has_values(chunk, of.rows)) return make_error_code(errc::damaged);
        return chunk;
    }

    /// A field's chunk, without its content; null if the group has none.
    result<encoded_chunk const*> head_of(row_group const& in, field_name field)
    {
        auto known = heads.find(field);
        if (known == heads.end()) {
            auto read = read_heads(field);
            if (!read) return read.error();
            known = heads.emplace(std::string(field), std::move(*read)).first;
        }
        auto const found = known->second.find(in.id);
        return found == known->second.end() ? nullptr : &found->second;
    }

    result<void> read_content(row_group const& in, field_name field, encoded_chunk& of)
    {
        auto content = first_value<std::string>(
            db.query("SELECT content FROM column_content WHERE row_group=?1 AND field=?2", in.id, field));
        if (!content) return content.error();
        of.content = std::move(*content);
        if (!has_values(of, in.rows)) return make_error_code(errc::damaged);
        return {};
    }

private:
    using heads_of_groups = std::unordered_map<std::int64_t, encoded_chunk>;

    result<heads_of_groups> read_heads(field_name field)
    {
        auto found = db.query("SELECT row_group," WEIR_CHUNK_HEAD " FROM column_chunk WHERE field=?1", field);
        if (!found) return found.error();
        heads_of_groups read;
        while (found->next()) {
            auto head = chunk_head_in(*found, 1);
            if (!head) return make_error_code(errc::damaged);
            read.emplace(found->get<std::int64_t>(0), std::move(*head));
        }
        if (found->error()) return found->error();
        return read;
    }

    result<verdict> judge_parts(column_question const& what, row_group const& in)
    {
        bool const is_all = what.is == column_question::kind::all_of;
        verdict made{.is = is_all ? verdict::kind::all : verdict::kind::none};
        for (auto const& part : what.parts) {
            auto const one = judge(part, in);
            if (!one) return one.error();
            made = is_all ? both(std::move(made), *one) : either(std::move(made), *one);
            if (is_all && made.is == verdict::kind::none) break;
        }
        return made;
    }

    result<verdict> judge_values(column_question const& what, row_group const& in)
    {
        verdict made{.is = verdict::kind::none};
        for (auto const& field : what.fields) {
            auto const one = judge_field(what, field, in);
            if (!one) return one.error();
            made = either(std::move(made), *one);
        }
        made.is_exact = made.is_exact && what.is_exact;
        if (!what.is_of_time || made.is == verdict::kind::none) return made;
        auto const in_time = judge_keys(what.test->keys(), in);
        if (!in_time) return in_time;
        return both(std::move(made), *in_time);
    }

    /// A group that has one of these rows; the row itself is looked at.
    result<verdict> judge_rows(std::vector<std::int64_t> const& rows, row_group const& in)
    {
        auto const first = std::ranges::lower_bound(rows, in.first_row);
        if (first == rows.end() || *first > in.last_row) return verdict{.is = verdict::kind::none};
        auto const ids = all_ids_of(in);
        if (!ids) return ids.error();
        auto made = chosen(*ids, [&](std::int64_t id) { return std::ranges::binary_search(rows, id); });
        made.is_exact = false;
        return made;
    }

    /// SQL wants the key of such a call in these bounds, too.
    result<verdict> judge_keys(key_range const& keys, row_group const& in)
    {
        if (in.first_row >= keys.first && in.last_row < keys.end) return verdict{};
        auto const ids = all_ids_of(in);
        if (!ids) return ids.error();
        return chosen(*ids, [&](std::int64_t id) { return id >= keys.first && id < keys.end; });
    }

    result<verdict> judge_field(column_question const& what, std::string const& field, row_group const& in)
    {
        auto const chunk = head_of(in, field);
        if (!chunk) return chunk.error();
        if (!*chunk) {
            bool const may_have_it = what.is_of_property && !in.has_all_properties;
            return verdict{.is = may_have_it ? verdict::kind::all : verdict::kind::none, .is_exact = !may_have_it};
        }
        auto const& test = *what.test;
        switch ((*chunk)->form) {
        case chunk_form::numbers:
            if (test.numbers().has_none((*chunk)->least, (*chunk)->greatest)) return verdict{.is = verdict::kind::none};
            return choose(in, field, **chunk,
                          [numbers = test.numbers()](std::int64_t value) { return numbers.has(value); });
        case chunk_form::hashes: {
            if (!test.is_equality()) return verdict{.is_exact = false};
            auto made =
                choose(in, field, **chunk, [sought = test.hash()](std::int64_t value) { return value == sought; });
            if (made) made->is_exact = false;
            return made;
        }
        case chunk_form::texts: break;
        }
        std::vector<bool> passing;
        for (auto const text : texts_of((*chunk)->dictionary)) passing.push_back(test.passes(text));
        if (std::ranges::find(passing, true) == passing.end()) return verdict{.is = verdict::kind::none};
        return choose(in, field, **chunk, [&](std::int64_t value) {
            auto const place = static_cast<std::size_t>(value);
            return place < passing.size() && passing[place];
        });
    }

    template <class Passes>
    result<verdict> choose(row_group const& in, std::string const& field, encoded_chunk chunk, Passes passes)
    {
        if (auto const read = read_content(in, field, chunk); !read) return read.error();
        if (chunk.content.empty()) return verdict{.is = passes(chunk.least) ? verdict::kind::all : verdict::kind::none};
        return chosen(values_of(chunk, in.rows), passes);
    }
};

group_search::group_search(std::unique_ptr<state> made)
    : state_(std::move(made))
{
}
group_search::group_search(group_search&&) noexcept = default;
group_search& group_search::operator=(group_search&&) noexcept = default;
group_search::~group_search() = default;

result<std::optional<group_search>> group_search::find(connection& db, organization_id organization, filter const& what)
{
    auto asked = column_question_of(db, organization, what);
    if (!asked) return asked.error();
    if (!*asked) return std::optional<group_search>();
    auto made = std::make_unique<state>(state{.db = db, .asked = std::move(**asked)});
    if (auto const found = made->find_groups(); !found) return found.error();
    if (made->groups.empty()) return std::optional<group_search>();
    if (auto const found = made->find_exceptions(); !found) return found.error();
    if (made->waiting.size() > most_waiting) return std::optional<group_search>();
    return std::optional(group_search(std::move(made)));
}

bool group_search::is_exact() const { return state_->asked.can_be_exact(); }
bool group_search::compares_texts() const { return state_->asked.compares_texts(); }
std::vector<row_group> const& group_search::groups() const { return state_->groups; }
std::vector<std::int64_t> const& group_search::waiting() const { return state_->waiting; }

result<group_verdict> group_search::judge(row_group const& of)
{
    if (state_->db.progress().wanted()) return make_error_code(errc::timed_out);
    auto made = state_->judge(state_->asked, of);
    if (!made) return made;
    if (state_->db.progress().wanted()) return make_error_code(errc::timed_out); // texts may not have been compared
    if (auto const taken = state_->take_out(of, *made); !taken) return taken.error();
    return made;
}

result<std::vector<std::int64_t>> group_search::passing_rows(row_group const& of, group_verdict const& verdict)
{
    if (verdict.is == group_verdict::kind::none) return std::vector<std::int64_t>();
    auto const chunk = state_->ids_of(of);
    if (!chunk) return chunk.error();
    if (verdict.is == group_verdict::kind::all) return values_of(*chunk, of.rows);
    std::vector<std::int64_t> ids;
    for (std::size_t row = 0; row < of.rows; ++row)
        if (verdict.mask[row]) ids.push_back(value_at(*chunk, of.rows, row));
    return ids;
}

result<std::vector<std::int64_t>> group_search::numbers(row_group const& of, field_name field)
{
    auto const head = state_->head_of(of, field);
    if (!head) return head.error();
    if (!*head) return std::vector<std::int64_t>(of.rows, no_value);
    auto chunk = **head;
    if (auto const read = state_->read_content(of, field, chunk); !read) return read.error();
    return values_of(chunk, of.rows);
}

result<std::optional<text_column>> group_search::texts(row_group const& of, field_name field)
{
    auto const chunk = state_->head_of(of, field);
    if (!chunk) return chunk.error();
    bool const has_texts = !*chunk || (*chunk)->form == chunk_form::texts;
    if (!has_texts) return std::optional<text_column>();
    auto places = numbers(of, field);
    if (!places) return places.error();
    text_column column{.places = std::move(*places), .texts = {}};
    if (*chunk)
        for (auto const text : texts_of((*chunk)->dictionary)) column.texts.emplace_back(text);
    for (auto const place : column.places)
        if (place != no_value && (place < 0 || place >= std::ssize(column.texts)))
            return make_error_code(errc::damaged);
    return std::optional(std::move(column));
}

} // namespace weir::storage
