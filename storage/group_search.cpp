#include "storage/group_search.hpp"

#include "storage/collect.hpp"
#include "storage/column_chunk.hpp"
#include "storage/column_question.hpp"
#include "storage/field_texts.hpp"
#include "storage/json_text.hpp"
#include "storage/stored_blob.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <type_traits>
#include <unordered_map>

namespace weir::storage
{
namespace
{

/// Where more of the calls up to the newest that has a group wait for one, a search looks at all calls.
constexpr std::size_t most_waiting = 65'536;

using verdict = group_verdict;

verdict both(verdict a, verdict b)
{
    if (a.is == verdict::kind::none) return a;
    if (b.is == verdict::kind::none) return b;
    bool const is_exact = a.is_exact && b.is_exact;
    if (a.is == verdict::kind::all)
        a = std::move(b);
    else if (b.is == verdict::kind::some)
        std::ranges::transform(a.mask, b.mask, a.mask.begin(), std::bit_and());
    a.is_exact = is_exact;
    return a;
}

verdict either(verdict a, verdict b)
{
    bool const is_exact = a.is_exact && b.is_exact;
    if (a.is == verdict::kind::none || b.is == verdict::kind::all)
        a = std::move(b);
    else if (a.is == verdict::kind::some && b.is == verdict::kind::some)
        std::ranges::transform(a.mask, b.mask, a.mask.begin(), std::bit_or());
    a.is_exact = is_exact;
    return a;
}

verdict opposite(verdict of)
{
    if (of.is == verdict::kind::some)
        for (auto& passes : of.mask) passes = passes == 0 ? 1 : 0;
    else
        of.is = of.is == verdict::kind::all ? verdict::kind::none : verdict::kind::all;
    return of;
}

/// The verdict on rows of which each has 1 in the mask or 0.
verdict of_mask(std::vector<std::uint8_t> mask)
{
    if (std::memchr(mask.data(), 1, mask.size()) == nullptr) return {.is = verdict::kind::none};
    if (std::memchr(mask.data(), 0, mask.size()) == nullptr) return {};
    return {.is = verdict::kind::some, .mask = std::move(mask)};
}

/// Calls `use` with each row that has 1 in the mask. Most masks have few.
template <class Use>
void each_passing(std::vector<std::uint8_t> const& mask, Use use)
{
    for (std::size_t row = 0; row < mask.size(); ++row) {
        auto const* const next = static_cast<std::uint8_t const*>(std::memchr(mask.data() + row, 1, mask.size() - row));
        if (next == nullptr) return;
        row = static_cast<std::size_t>(next - mask.data());
        use(row);
    }
}

/// Which of some keys, that are in order but for few places, are among others, that are in order.
std::vector<std::uint8_t> found_among(std::vector<std::int64_t> const& keys, std::vector<std::int64_t> const& others)
{
    std::vector<std::uint8_t> found(keys.size());
    auto at = others.begin();
    for (std::size_t row = 0; row < keys.size(); ++row) {
        bool const is_next = row > 0 && keys[row] >= keys[row - 1];
        if (!is_next) at = std::ranges::lower_bound(others, keys[row]);
        while (at != others.end() && *at < keys[row]) ++at;
        found[row] = at != others.end() && *at == keys[row] ? 1 : 0;
    }
    return found;
}

} // namespace

struct group_search::state {
    connection& db;
    column_question asked;
    std::vector<row_group> groups{};
    std::vector<std::int64_t> waiting{};
    bool has_gaps = false;

    /// What is known of a field's chunks.
    struct known_heads {
        std::unordered_map<std::int64_t, std::optional<encoded_chunk>> of_groups{}; ///< none: the group has no chunk
        bool is_complete = false;                                                   ///< all others have none
    };
    std::map<std::string, known_heads, std::less<>> heads{};
    std::optional<stored_blob> keys{};

    /// Which of the texts that a field's large groups have pass a test.
    struct passing_texts {
        std::vector<std::uint8_t> by_number{};
        std::vector<std::int64_t> numbers{}; ///< in order
    };
    std::map<std::string, field_texts, std::less<>> texts{};
    std::map<std::pair<value_test const*, std::string>, passing_texts> passing{};

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

    /// What the groups there are, of which there is one, do not say of the rows up to their newest.
    result<void> find_exceptions()
    {
        auto found = db.query("SELECT row_ids FROM ungrouped_rows");
        if (!found) return found.error();
        while (waiting.size() <= most_waiting && found->next()) {
            auto const some = rows_of_json(found->get<std::string_view>(0));
            if (!some) return make_error_code(errc::damaged);
            for (auto const id : *some)
                if (static_cast<std::int64_t>(id) <= groups.front().last_row)
                    waiting.push_back(static_cast<std::int64_t>(id));
        }
        if (found->error()) return found->error();
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
        case column_question::kind::of_presence: return judge_presence(what, in);
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
        return with_ids(of, [&](chunk_values ids) {
            each_passing(from.mask, [&](std::size_t row) {
                auto const id = value_at(ids, of.rows, row);
                if (id <= of.deleted_to || std::ranges::binary_search(waiting, id)) from.mask[row] = 0;
            });
            return result<void>();
        });
    }

    /// Returns what `use` makes of the keys of a group's rows.
    template <class Use>
    std::invoke_result_t<Use, chunk_values> with_ids(row_group const& of, Use use)
    {
        return with_values(db.query("SELECT row_ids FROM row_group WHERE id=?1", of.id), of, of.first_row, use);
    }

    /// The keys of few rows of a group: the others are not read.
    result<std::vector<std::int64_t>> read_ids(row_group const& of, std::vector<std::size_t> const& places)
    {
        if (!keys) {
            auto opened = stored_blob::open(db, "row_group", "row_ids", of.id);
            if (!opened) return opened.error();
            keys = std::move(*opened);
        } else if (auto const moved = keys->move_to(of.id); !moved) {
            return moved.error();
        }
        auto const bytes = keys->size() / std::max<std::size_t>(of.rows, 1);
        std::array<char, sizeof(std::int64_t)> key{};
        if (bytes > key.size() || bytes * of.rows != keys->size()) return make_error_code(errc::damaged);
        std::vector<std::int64_t> ids;
        for (auto const row : places) {
            if (auto const read = keys->read(row * bytes, std::span(key).first(bytes)); !read) return read.error();
            ids.push_back(value_at({of.first_row, {key.data(), bytes}}, 1, 0));
        }
        return ids;
    }

    /// Returns what `use` makes of the values of a chunk.
    template <class Use>
    std::invoke_result_t<Use, chunk_values> with_values(row_group const& in, field_name field,
                                                        encoded_chunk const& head, Use use)
    {
        return with_values(db.query("SELECT content FROM column_content WHERE row_group=?1 AND field=?2", in.id, field),
                           in, head.least, use);
    }

    /// A field's chunk, without its content; null if the group has none.
    result<encoded_chunk const*> head_of(row_group const& in, field_name field)
    {
        constexpr std::size_t single_divisor = 6; // a group by itself takes the time of two or three of all
        auto known = heads.find(field);
        if (known == heads.end()) known = heads.emplace(std::string(field), known_heads()).first;
        auto& [of_groups, is_complete] = known->second;
        auto found = of_groups.find(in.id);
        if (found == of_groups.end() && !is_complete) {
            bool const is_single = of_groups.size() < groups.size() / single_divisor;
            if (auto const read = is_single ? read_head(field, in, of_groups) : read_heads(field, of_groups); !read)
                return read.error();
            is_complete = !is_single;
            found = of_groups.find(in.id);
        }
        return found == of_groups.end() || !found->second ? nullptr : &*found->second;
    }

    /// The list of a field's texts.
    result<field_texts const*> texts_of_field(std::string const& field)
    {
        auto found = texts.find(field);
        if (found == texts.end()) {
            auto read = field_texts::read(db, field);
            if (!read) return read.error();
            found = texts.emplace(field, std::move(*read)).first;
        }
        return &found->second;
    }

private:
    using heads_of_groups = decltype(known_heads::of_groups);

    /// They are used where SQLite has them: to copy them takes as long.
    template <class Use>
    static std::invoke_result_t<Use, chunk_values> with_values(result<rows> found, row_group const& in,
                                                               std::int64_t least, Use use)
    {
        if (!found) return found.error();
        if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
        chunk_values const values(least, found->get<std::string_view>(0));
        if (!has_values(values, in.rows)) return make_error_code(errc::damaged);
        return use(values);
    }

    result<void> read_head(field_name field, row_group const& of, heads_of_groups& to)
    {
        to.try_emplace(of.id);
        return add_heads(db.query("SELECT row_group," WEIR_CHUNK_HEAD " FROM column_chunk WHERE field=?1"
                                  " AND row_group=?2",
                                  field, of.id),
                         to);
    }

    result<void> read_heads(field_name field, heads_of_groups& to)
    {
        return add_heads(db.query("SELECT row_group," WEIR_CHUNK_HEAD " FROM column_chunk WHERE field=?1", field), to);
    }

    static result<void> add_heads(result<rows> found, heads_of_groups& to)
    {
        if (!found) return found.error();
        while (found->next()) {
            auto head = chunk_head_in(*found, 1);
            if (!head) return make_error_code(errc::damaged);
            auto& known = to[found->get<std::int64_t>(0)];
            if (!known) known = std::move(*head);
        }
        if (found->error()) return found->error();
        return {};
    }

    result<verdict> judge_parts(column_question const& what, row_group const& in)
    {
        bool const is_all = what.is == column_question::kind::all_of;
        verdict made{.is = is_all ? verdict::kind::all : verdict::kind::none};
        for (auto const& part : what.parts) {
            auto one = judge(part, in);
            if (!one) return one.error();
            made = is_all ? both(std::move(made), std::move(*one)) : either(std::move(made), std::move(*one));
            if (is_all && made.is == verdict::kind::none) break;
        }
        return made;
    }

    result<verdict> judge_values(column_question const& what, row_group const& in)
    {
        verdict made{.is = verdict::kind::none};
        for (auto const& field : what.fields) {
            auto one = judge_field(what, field, in);
            if (!one) return one.error();
            made = either(std::move(made), std::move(*one));
        }
        made.is_exact = made.is_exact && what.is_exact;
        if (!what.is_of_time || made.is == verdict::kind::none) return made;
        auto in_time = judge_keys(what.test->keys(), in);
        if (!in_time) return in_time;
        return both(std::move(made), std::move(*in_time));
    }

    /// A group that has one of these rows; the row itself is looked at.
    result<verdict> judge_rows(related_rows const& related, row_group const& in)
    {
        auto const& [rows, complete_from] = related;
        if (in.last_row < complete_from) return verdict{.is_exact = false};
        auto const first = std::ranges::lower_bound(rows, in.first_row);
        bool const is_any = first != rows.end() && *first <= in.last_row;
        if (!is_any && in.first_row >= complete_from) return verdict{.is = verdict::kind::none};
        return with_ids(in, [&](chunk_values values) -> result<verdict> {
            auto const ids = values_of(values, in.rows);
            auto mask = found_among(ids, related.rows);
            for (std::size_t row = 0; row < ids.size(); ++row)
                if (ids[row] < related.complete_from) mask[row] = 1;
            auto made = of_mask(std::move(mask));
            made.is_exact = false;
            return made;
        });
    }

    /// SQL wants the key of such a call in these bounds, too.
    result<verdict> judge_keys(key_range const& keys, row_group const& in)
    {
        if (in.first_row >= keys.first && in.last_row < keys.end) return verdict{};
        return with_ids(in, [&](chunk_values ids) -> result<verdict> {
            return of_mask(rows_within(ids, in.rows, {.least = keys.first, .greatest = keys.end - 1}));
        });
    }

    result<verdict> judge_field(column_question const& what, std::string const& field, row_group const& in)
    {
        auto const chunk = head_of(in, field);
        if (!chunk) return chunk.error();
        if (!*chunk) return judge_missing_chunk(what, in);
        auto made = judge_chunk(*what.test, field, **chunk, in);
        if (!made || !what.takes_absent) return made;
        auto without = judge_absence(field, **chunk, in);
        if (!without) return without;
        return either(std::move(*made), std::move(*without));
    }

    /// Of a group of which no row has a value.
    static verdict judge_missing_chunk(column_question const& what, row_group const& in)
    {
        bool const may_have_it = what.is_of_property && !in.has_all_properties;
        bool const is_any = may_have_it || what.takes_absent;
        return {.is = is_any ? verdict::kind::all : verdict::kind::none, .is_exact = !may_have_it};
    }

    result<verdict> judge_absence(std::string const& field, encoded_chunk const& chunk, row_group const& in)
    {
        return with_values(in, field, chunk, [&](chunk_values values) -> result<verdict> {
            return of_mask(rows_without_value(values, in.rows));
        });
    }

    result<verdict> judge_presence(column_question const& what, row_group const& in)
    {
        verdict made{.is = verdict::kind::none};
        for (auto const& field : what.fields) {
            auto const chunk = head_of(in, field);
            if (!chunk) return chunk.error();
            auto one = *chunk ? judge_absence(field, **chunk, in) : judge_missing_chunk(what, in);
            if (!one) return one;
            if (*chunk && !what.takes_absent) *one = opposite(std::move(*one));
            made = either(std::move(made), std::move(*one));
        }
        made.is_exact = made.is_exact && what.is_exact;
        return made;
    }

    result<verdict> judge_chunk(value_test const& test, std::string const& field, encoded_chunk const& chunk,
                                row_group const& in)
    {
        switch (chunk.form) {
        case chunk_form::numbers: return judge_numbers(test.numbers(), field, chunk, in);
        case chunk_form::hashes: return judge_hashes(test, field, chunk, in);
        case chunk_form::listed: return judge_listed(test, field, chunk, in);
        case chunk_form::texts: break;
        }
        std::vector<std::uint8_t> passing_places;
        for (auto const text : texts_of(chunk.dictionary)) passing_places.push_back(test.passes(text) ? 1 : 0);
        if (std::ranges::find(passing_places, 1) == passing_places.end()) return verdict{.is = verdict::kind::none};
        return with_values(in, field, chunk, [&](chunk_values values) -> result<verdict> {
            return of_mask(rows_of_texts(values, in.rows, passing_places));
        });
    }

    result<verdict> judge_hashes(value_test const& test, field_name field, encoded_chunk const& chunk,
                                 row_group const& in)
    {
        auto const hashes = test.hashes();
        if (!hashes) return verdict{.is_exact = false};
        if (hashes->size() > 1) {
            return with_values(in, field, chunk, [&](chunk_values values) -> result<verdict> {
                std::vector<std::uint8_t> mask;
                for (auto const value : values_of(values, in.rows))
                    mask.push_back(std::ranges::binary_search(*hashes, value) ? 1 : 0);
                auto made = of_mask(std::move(mask));
                made.is_exact = false;
                return made;
            });
        }
        auto made = judge_numbers({.least = hashes->front(), .greatest = hashes->front()}, field, chunk, in);
        if (made) made->is_exact = false;
        return made;
    }

    result<passing_texts const*> find_passing(value_test const& test, std::string const& field)
    {
        auto const [found, is_new] = passing.try_emplace({&test, field});
        auto& [by_number, numbers] = found->second;
        if (!is_new) return &found->second;
        auto const may_pass = [&test](std::string_view bytes) { return test.may_pass_within(bytes); };
        auto const read = field_texts::each(db, field, may_pass, [&](std::int64_t number, std::string_view text) {
            if (!test.passes(text)) return;
            by_number.resize(static_cast<std::size_t>(number) + 1);
            by_number.back() = 1;
            numbers.push_back(number);
        });
        if (!read) return read.error();
        return &found->second;
    }

    result<verdict> judge_listed(value_test const& test, std::string const& field, encoded_chunk const& chunk,
                                 row_group const& in)
    {
        auto const found = find_passing(test, field);
        if (!found) return found.error();
        auto const& [by_number, numbers] = **found;
        if (numbers.empty() || !may_have_any(chunk, numbers)) return verdict{.is = verdict::kind::none};
        if (numbers.size() == 1)
            return judge_numbers({.least = numbers.front(), .greatest = numbers.front()}, field, chunk, in);
        return with_values(in, field, chunk, [&, &texts_passing = by_number](chunk_values values) -> result<verdict> {
            return of_mask(rows_of_texts(values, in.rows, texts_passing));
        });
    }

    result<verdict> judge_numbers(number_range const& passing, field_name field, encoded_chunk const& chunk,
                                  row_group const& in)
    {
        if (passing.has_none(chunk.least, chunk.greatest)) return verdict{.is = verdict::kind::none};
        return with_values(in, field, chunk, [&](chunk_values values) -> result<verdict> {
            return of_mask(rows_within(values, in.rows, passing));
        });
    }
};

group_search::group_search(std::unique_ptr<state> made)
    : state_(std::move(made))
{
}
group_search::group_search(group_search&&) noexcept = default;
group_search& group_search::operator=(group_search&&) noexcept = default;
group_search::~group_search() = default;

result<std::optional<group_search>> group_search::find(connection& db, organization_id organization, filter const& what,
                                                       bool is_for_page)
{
    auto asked = column_question_of(db, organization, what, is_for_page);
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
std::span<std::int64_t const> group_search::waiting() const { return state_->waiting; }

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
    using found = result<std::vector<std::int64_t>>;
    constexpr std::size_t few = 16;
    switch (verdict.is) {
    case group_verdict::kind::none: return std::vector<std::int64_t>();
    case group_verdict::kind::all:
        return state_->with_ids(of, [&](chunk_values ids) -> found { return values_of(ids, of.rows); });
    case group_verdict::kind::some: break;
    }
    std::vector<std::size_t> places;
    each_passing(verdict.mask, [&](std::size_t row) { places.push_back(row); });
    if (places.empty()) return std::vector<std::int64_t>();
    if (places.size() <= few) return state_->read_ids(of, places);
    return state_->with_ids(of, [&](chunk_values ids) -> found {
        std::vector<std::int64_t> passing;
        for (auto const row : places) passing.push_back(value_at(ids, of.rows, row));
        return passing;
    });
}

result<std::vector<std::int64_t>> group_search::numbers(row_group const& of, field_name field)
{
    using found = result<std::vector<std::int64_t>>;
    auto const head = state_->head_of(of, field);
    if (!head) return head.error();
    if (!*head) return std::vector<std::int64_t>(of.rows, no_value);
    return state_->with_values(of, field, **head,
                               [&](chunk_values values) -> found { return values_of(values, of.rows); });
}

result<std::optional<text_column>> group_search::texts(row_group const& of, field_name field)
{
    auto const chunk = state_->head_of(of, field);
    if (!chunk) return chunk.error();
    if (*chunk && (*chunk)->form == chunk_form::hashes) return std::optional<text_column>();
    auto values = numbers(of, field);
    if (!values) return values.error();
    text_column column{.places = std::move(*values), .texts = {}};
    if (!*chunk) return std::optional(std::move(column));
    if ((*chunk)->form == chunk_form::listed) {
        auto const list = state_->texts_of_field(std::string(field));
        if (!list) return list.error();
        std::unordered_map<std::int64_t, std::int64_t> places;
        for (auto& place : column.places) {
            if (place == no_value) continue;
            auto const text = (*list)->text_of(place);
            if (!text) return make_error_code(errc::damaged);
            auto const [known, is_new] = places.try_emplace(place, std::ssize(column.texts));
            if (is_new) column.texts.emplace_back(*text);
            place = known->second;
        }
        return std::optional(std::move(column));
    }
    for (auto const text : texts_of((*chunk)->dictionary)) column.texts.emplace_back(text);
    for (auto const place : column.places)
        if (place != no_value && (place < 0 || place >= std::ssize(column.texts)))
            return make_error_code(errc::damaged);
    return std::optional(std::move(column));
}

} // namespace weir::storage
