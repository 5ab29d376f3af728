#include "storage/group_search.hpp"

#include "storage/column_question.hpp"
#include "storage/group_columns.hpp"
#include "storage/value_filter.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <tuple>
#include <unordered_map>

namespace weir::storage
{
namespace
{

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

/// What a condition makes of the values that a field's chunks of one form have.
struct group_search::values_asked {
    std::optional<number_range> range{};              ///< these pass
    std::optional<std::vector<std::int64_t>> those{}; ///< these alone may pass, in order; none: others as well
    std::vector<std::uint8_t> listed_passing{};       ///< of listed texts: for each number whether it passes
    std::size_t read_in_vain = 0;                     ///< groups whose values were read and do not pass
    std::optional<groups_with_values> groups{};       ///< that may have one of those; unknown before it is wanted
};

struct group_search::state {
    connection& db;
    column_question asked;
    group_columns columns;
    std::map<std::tuple<value_test const*, std::string, chunk_form>, values_asked> values{};

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
        auto const& waiting = columns.waiting();
        auto const first = std::ranges::lower_bound(waiting, of.first_row);
        bool const some_wait = first != waiting.end() && *first <= of.last_row;
        bool const looks_at_ids = of.deleted_to >= of.first_row || some_wait;
        if (from.is == verdict::kind::none || !(looks_at_ids || columns.has_gaps())) return {};
        if (from.is == verdict::kind::all) from.mask.assign(of.rows, 1);
        from.is = verdict::kind::some;
        auto gaps = db.query("SELECT position FROM row_group_gap WHERE row_group=?1", of.id);
        if (!gaps) return gaps.error();
        while (gaps->next())
            if (auto const row = gaps->get<std::size_t>(0); row < of.rows) from.mask[row] = 0;
        if (gaps->error()) return gaps->error();
        if (!looks_at_ids) return {};
        return columns.with_ids(of, [&](chunk_values ids) {
            each_passing(from.mask, [&](std::size_t row) {
                auto const id = value_at(ids, of.rows, row);
                if (id <= of.deleted_to || std::ranges::binary_search(waiting, id)) from.mask[row] = 0;
            });
            return result<void>();
        });
    }

private:
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
        return columns.with_ids(in, [&](chunk_values values) -> result<verdict> {
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
        return columns.with_ids(in, [&](chunk_values ids) -> result<verdict> {
            return of_mask(rows_within(ids, in.rows, {.least = keys.first, .greatest = keys.end - 1}));
        });
    }

    result<verdict> judge_field(column_question const& what, std::string const& field, row_group const& in)
    {
        auto const chunk = columns.head_of(in, field);
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
        if (chunk.value_count == in.rows) return verdict{.is = verdict::kind::none};
        return columns.with_values(in, field, chunk, [&](chunk_values values) -> result<verdict> {
            return of_mask(rows_without_value(values, in.rows));
        });
    }

    result<verdict> judge_presence(column_question const& what, row_group const& in)
    {
        verdict made{.is = verdict::kind::none};
        for (auto const& field : what.fields) {
            auto const chunk = columns.head_of(in, field);
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
        if (chunk.form == chunk_form::texts) return judge_texts(test, field, chunk, in);
        auto const found = values_of_test(test, field, chunk.form);
        if (!found) return found.error();
        auto const& range = (*found)->range;
        if (range && range->has_none(chunk.least, chunk.greatest)) return verdict{.is = verdict::kind::none};
        auto const may_have = may_have_any(**found, field, chunk, in);
        if (!may_have) return may_have.error();
        if (!*may_have) return verdict{.is = verdict::kind::none};
        auto made = judge_values_read(**found, field, chunk, in);
        if (made && made->is == verdict::kind::none) ++(*found)->read_in_vain;
        return made;
    }

    result<verdict> judge_values_read(values_asked const& of, field_name field, encoded_chunk const& chunk,
                                      row_group const& in)
    {
        bool const is_known = of.range || of.those;
        if (!is_known) return verdict{.is_exact = false};
        auto made = of.range ? judge_numbers(*of.range, field, chunk, in) : judge_many(of, field, chunk, in);
        if (made && chunk.form == chunk_form::hashes) made->is_exact = false;
        return made;
    }

    result<verdict> judge_texts(value_test const& test, field_name field, encoded_chunk const& chunk,
                                row_group const& in)
    {
        if (test.find_within(chunk.dictionary) == std::string::npos) return verdict{.is = verdict::kind::none};
        std::vector<std::uint8_t> passing_places;
        for (auto const text : texts_of(chunk.dictionary)) passing_places.push_back(test.passes(text) ? 1 : 0);
        if (std::ranges::find(passing_places, 1) == passing_places.end()) return verdict{.is = verdict::kind::none};
        return columns.with_values(in, field, chunk, [&](chunk_values values) -> result<verdict> {
            return of_mask(rows_of_texts(values, in.rows, passing_places));
        });
    }

    result<verdict> judge_numbers(number_range const& passing, field_name field, encoded_chunk const& chunk,
                                  row_group const& in)
    {
        if (chunk.is_constant(in.rows)) return verdict{};
        return columns.with_values(in, field, chunk, [&](chunk_values values) -> result<verdict> {
            return of_mask(rows_within(values, in.rows, passing));
        });
    }

    result<verdict> judge_many(values_asked const& of, field_name field, encoded_chunk const& chunk,
                               row_group const& in)
    {
        constexpr std::size_t few = 8;
        return columns.with_values(in, field, chunk, [&](chunk_values values) -> result<verdict> {
            if (of.those->size() <= few) return of_mask(rows_of_few(values, in.rows, *of.those));
            if (chunk.form == chunk_form::listed) return of_mask(rows_of_texts(values, in.rows, of.listed_passing));
            std::vector<std::uint8_t> mask;
            for (auto const value : values_of(values, in.rows))
                mask.push_back(std::ranges::binary_search(*of.those, value) ? 1 : 0);
            return of_mask(std::move(mask));
        });
    }

    /// Whether a group may have one of the values, before they are read. Filters are asked when some groups had none:
    /// that takes as long as to read the values of a few tens, which a page may be full with.
    result<bool> may_have_any(values_asked& asked_values, field_name field, encoded_chunk const& chunk,
                              row_group const& in)
    {
        constexpr std::size_t most_in_vain = 4;
        auto& [range, those, listed_passing, read_in_vain, groups] = asked_values;
        if (!those) return true;
        if (those->empty()) return false;
        if (chunk.filter_parts == 0 || read_in_vain < most_in_vain) return true;
        if (!groups) {
            auto found = groups_with_values::find(db, field, chunk.form, *those);
            if (!found) return {boost::system::in_place_error, found.error()}; // an error is a bool, too
            groups = std::move(*found);
        }
        return groups->may_have(in.id);
    }

    result<values_asked*> values_of_test(value_test const& test, std::string const& field, chunk_form form)
    {
        auto const [found, is_new] = values.try_emplace({&test, field, form});
        auto* const asked_values = &found->second;
        if (!is_new) return asked_values;
        auto& those = asked_values->those;
        if (form == chunk_form::hashes) those = test.hashes();
        if (form == chunk_form::numbers) asked_values->range = test.numbers();
        if (form == chunk_form::numbers && test.numbers().is_one()) those = {test.numbers().least};
        if (form == chunk_form::listed)
            if (auto const read = find_passing(test, field, *asked_values); !read) return read.error();
        if (those && those->size() == 1) asked_values->range = {.least = those->front(), .greatest = those->front()};
        return asked_values;
    }

    result<void> find_passing(value_test const& test, std::string const& field, values_asked& to)
    {
        auto const find = [&test](std::string_view bytes) { return test.find_within(bytes); };
        auto& numbers = to.those.emplace();
        return field_texts::each(db, field, find, [&](std::int64_t number, std::string_view text) {
            if (!test.passes(text)) return;
            to.listed_passing.resize(static_cast<std::size_t>(number) + 1);
            to.listed_passing.back() = 1;
            numbers.push_back(number);
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
    auto made = std::make_unique<state>(state{.db = db, .asked = std::move(**asked), .columns = group_columns(db)});
    if (auto const found = made->columns.find(); !found) return found.error();
    bool const too_many_wait = made->columns.waiting().size() > group_columns::most_waiting;
    if (made->columns.groups().empty() || too_many_wait) return std::optional<group_search>();
    return std::optional(group_search(std::move(made)));
}

bool group_search::is_exact() const { return state_->asked.can_be_exact(); }
bool group_search::compares_texts() const { return state_->asked.compares_texts(); }
std::vector<row_group> const& group_search::groups() const { return state_->columns.groups(); }
std::optional<std::vector<std::int64_t>> group_search::newer_rows() const
{
    return state_->asked.rows_after(groups().front().last_row);
}
std::span<std::int64_t const> group_search::waiting() const { return state_->columns.waiting(); }

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
        return state_->columns.with_ids(of, [&](chunk_values ids) -> found { return values_of(ids, of.rows); });
    case group_verdict::kind::some: break;
    }
    std::vector<std::size_t> places;
    each_passing(verdict.mask, [&](std::size_t row) { places.push_back(row); });
    if (places.empty()) return std::vector<std::int64_t>();
    if (places.size() <= few) return state_->columns.read_ids(of, places);
    return state_->columns.with_ids(of, [&](chunk_values ids) -> found {
        std::vector<std::int64_t> passing;
        for (auto const row : places) passing.push_back(value_at(ids, of.rows, row));
        return passing;
    });
}

result<std::vector<std::int64_t>> group_search::numbers(row_group const& of, field_name field)
{
    using found = result<std::vector<std::int64_t>>;
    auto const head = state_->columns.head_of(of, field);
    if (!head) return head.error();
    if (!*head) return std::vector<std::int64_t>(of.rows, no_value);
    return state_->columns.with_values(of, field, **head,
                                       [&](chunk_values values) -> found { return values_of(values, of.rows); });
}

result<std::optional<text_column>> group_search::texts(row_group const& of, field_name field)
{
    auto const chunk = state_->columns.head_of(of, field);
    if (!chunk) return chunk.error();
    if (*chunk && (*chunk)->form == chunk_form::hashes) return std::optional<text_column>();
    auto values = numbers(of, field);
    if (!values) return values.error();
    text_column column{.places = std::move(*values), .texts = {}};
    if (!*chunk) return std::optional(std::move(column));
    if ((*chunk)->form == chunk_form::listed) {
        auto const list = state_->columns.texts_of_field(std::string(field));
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
