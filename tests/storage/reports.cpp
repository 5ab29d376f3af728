// Reports: blueprints, their columns, runs with cells, and the rows that are worked at.
#include "storage/reports.hpp"

#include "storage/collect.hpp"
#include "storage/dataset_versions.hpp"
#include "storage/random.hpp"
#include "storage/report_rows.hpp"
#include "storage/report_runs.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace weir::storage
{
namespace
{

struct with_reports : fresh_database {
    /// A published dataset of so many rows with one column.
    std::int64_t dataset(std::int64_t rows, organization_id whose = default_organization)
    {
        auto const group = create_dataset_group(db, whose, "d", {}, 1);
        BOOST_REQUIRE_MESSAGE(group.has_value(), db.message());
        auto const draft = draft_of(db, whose, group->id, 1);
        BOOST_REQUIRE(draft.has_value());
        std::vector<dataset_version_row> all;
        for (std::int64_t i = 1; i <= rows; ++i) all.push_back({{{"city", std::to_string(i)}}, std::nullopt});
        BOOST_REQUIRE(add_dataset_version_rows(db, whose, draft->id, all, 1).has_value());
        BOOST_REQUIRE(publish_draft(db, draft->id, 1).has_value());
        return draft->id;
    }

    report blueprint(std::int64_t of, std::string const& name = "r", organization_id whose = default_organization)
    {
        auto const made = create_report(db, whose, {name, of, {}}, 5);
        BOOST_REQUIRE_MESSAGE(made.has_value(), db.message());
        return *made;
    }

    report_column add(std::int64_t to, std::string const& name, std::optional<std::int64_t> position = {})
    {
        auto const made = add_report_column(db, to, {"COUNT", name, "{}", false, position}, 6);
        BOOST_REQUIRE_MESSAGE(made.has_value(), db.message());
        return *made;
    }

    std::string names(std::int64_t of)
    {
        std::string all;
        auto const columns = list_report_columns(db, of);
        for (auto const& column : columns.value()) all += std::to_string(column.position) + column.name + " ";
        return all;
    }

    report run(std::int64_t of, std::int64_t dataset, std::vector<report_column_wish> columns,
               organization_id whose = default_organization, std::int64_t now_us = 10)
    {
        auto const made = create_report_run(db, whose, {of, dataset, "run", std::move(columns)}, now_us);
        BOOST_REQUIRE_MESSAGE(made.has_value(), db.message());
        return *made;
    }

    report found(std::int64_t id) { return find_report(db, default_organization, id).value(); }

    std::vector<due_report_row> due(std::int64_t most = 10, organization_id after = {}, std::int64_t now_us = 100)
    {
        auto const rows = due_report_rows(db, now_us, after, most);
        BOOST_REQUIRE_MESSAGE(rows.has_value(), db.message());
        return *rows;
    }

    void write(row_step const& step, row_step::state before = row_step::state::queued)
    {
        BOOST_REQUIRE_MESSAGE(write_row_step(db, step, before, 50).has_value(), db.message());
    }

    static std::string told(report_counts const& cells)
    {
        return "q" + std::to_string(cells.queued()) + " r" + std::to_string(cells.running) + " c" +
               std::to_string(cells.completed) + " f" + std::to_string(cells.failed);
    }
};

report_column_wish column(std::string name, bool is_scored = false)
{
    return {"COUNT", std::move(name), R"({"x":1})", is_scored, std::nullopt};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(reports, with_reports)

BOOST_AUTO_TEST_CASE(a_report_is_found_by_its_own_organisation)
{
    auto const of = dataset(1);
    auto const made = create_report(db, default_organization, {"", of, {{"crm", "7"}}}, 5);

    BOOST_REQUIRE(made.has_value());
    BOOST_TEST(made->name == "Report " + std::to_string(made->id));
    BOOST_TEST(made->external_ids.size() == 1U);
    BOOST_TEST(!made->blueprint.has_value());
    BOOST_TEST((find_report(db, other_organization, made->id).error() == errc::not_found));
    BOOST_TEST((create_report(db, default_organization, {"x", of, {{"crm", "7"}}}, 5).error() == errc::conflict));
}

BOOST_AUTO_TEST_CASE(columns_are_put_in_moved_and_taken_out)
{
    auto const r = blueprint(dataset(1)).id;
    auto const a = add(r, "a");
    add(r, "b");
    add(r, "c", 1);
    add(r, "d", 99);
    BOOST_TEST(names(r) == "1c 2a 3b 4d ");

    auto const move = [this](report_column const& which, std::int64_t to) {
        auto const now = find_report_column(db, default_organization, which.id).value();
        return change_report_column(db, now, {now.type, now.name, now.configuration, true, to}, 7).value();
    };
    BOOST_TEST(move(a, 4).position == 4);
    BOOST_TEST(names(r) == "1c 2b 3d 4a ");
    move(a, 1);
    BOOST_TEST(names(r) == "1a 2c 3b 4d ");
    BOOST_TEST(move(a, 99).position == 4);
    BOOST_TEST(names(r) == "1c 2b 3d 4a ");
    auto const b = list_report_columns(db, r).value()[1];
    BOOST_TEST(delete_report_column(db, b, 8).has_value());
    BOOST_TEST(names(r) == "1c 2d 3a ");

    BOOST_TEST((add_report_column(db, r, {"COUNT", "a", "{}", false, {}}, 6).error() == errc::conflict));
    BOOST_TEST((find_report_column(db, other_organization, a.id).error() == errc::not_found));
    BOOST_REQUIRE(set_score_columns(db, r, {"d"}, 9).has_value());
    BOOST_TEST(!list_report_columns(db, r).value()[2].is_part_of_score);
    BOOST_TEST(list_report_columns(db, r).value()[1].is_part_of_score);
    BOOST_TEST(found(r).updated_us == 9);
}

BOOST_AUTO_TEST_CASE(a_run_has_a_cell_for_each_row_and_column)
{
    auto const of = dataset(3);
    auto const r = blueprint(of).id;
    auto const made = run(r, of, {column("a"), column("b", true)});

    BOOST_TEST(made.blueprint.value() == r);
    BOOST_TEST(told(made.cells) == "q6 r0 c0 f0");
    BOOST_TEST(!made.cells.have_ended());
    BOOST_TEST(count_report_rows(db, made.id).value() == 3);
    auto const rows = list_report_rows(db, made.id, 2, 1, 1000).value();
    BOOST_REQUIRE(rows.size() == 2U);
    BOOST_TEST(rows[0].dataset_cells == "[2]");
    BOOST_TEST(rows[0].cells.size() == 2U);
    BOOST_TEST((list_report_rows(db, made.id, 2, 0, 3).error() == errc::too_large));
    BOOST_TEST(find_report_runs(db, default_organization, r, {}, 10).value().size() == 1U);
    BOOST_TEST(dataset_columns_of(db, made.id).value().front() == "city");
    dataset_search search;
    search.report = r;
    BOOST_TEST(count_dataset_versions(db, default_organization, search).value() == 1);
    search.report = made.id;
    BOOST_TEST(count_dataset_versions(db, default_organization, search).value() == 1);
    BOOST_TEST(count_dataset_versions(db, other_organization, search).value() == 0);
}

BOOST_AUTO_TEST_CASE(a_run_without_rows_has_ended)
{
    auto const of = dataset(0);
    auto const made = run(blueprint(of).id, of, {column("a")});

    BOOST_TEST(made.cells.have_ended());
    BOOST_TEST(list_report_columns(db, made.id).value().front().score.has_value());
}

BOOST_AUTO_TEST_CASE(cells_are_counted_and_scores_told_when_the_last_one_has_ended)
{
    auto const of = dataset(2);
    auto const made = run(blueprint(of).id, of, {column("yes"), column("n"), column("mixed"), column("text")});
    auto const columns = list_report_columns(db, made.id).value();
    auto const rows = due();
    BOOST_REQUIRE(rows.size() == 2U);
    auto const step = [&](std::size_t row, bool truth, double number) {
        row_step s{.row = rows[row].id, .report = made.id, .after = row_step::state::ended};
        s.cells = {{columns[0].id, cell_status::completed, "true", {}, truth ? 1.0 : 0.0, true},
                   {columns[1].id, cell_status::completed, "1", {}, number, false},
                   {columns[2].id, cell_status::completed, "1", {}, 1.0, row == 0},
                   {columns[3].id, cell_status::failed, {}, "no"}};
        return s;
    };

    write(step(0, true, 2.5));
    BOOST_TEST(told(found(made.id).cells) == "q4 r0 c3 f1");
    BOOST_TEST(!list_report_columns(db, made.id).value()[0].score.has_value());
    write(step(1, false, 4));

    BOOST_TEST(told(found(made.id).cells) == "q0 r0 c6 f2");
    BOOST_TEST(found(made.id).cells.have_ended());
    BOOST_TEST(due().empty());
    auto const scored = list_report_columns(db, made.id).value();
    BOOST_TEST(scored[0].score->value.value() == 50);
    BOOST_TEST(scored[0].score->type.value() == "boolean");
    BOOST_TEST(scored[1].score->value.value() == 3.25);
    BOOST_TEST(scored[1].score->type.value() == "numeric");
    BOOST_TEST(!scored[2].score->value.has_value());
    BOOST_TEST(!scored[3].score->value.has_value());
    BOOST_TEST(!scored[3].score->type.has_value());
    BOOST_TEST(scored[3].score->skipped == 2);
    auto const shown = list_report_rows(db, made.id, 1, 0, 1000).value().front();
    BOOST_TEST(shown.cells[0].value.value() == "true");
    BOOST_TEST((shown.cells[3].status == cell_status::failed));
    BOOST_TEST(shown.cells[3].error.value() == "no");
}

BOOST_AUTO_TEST_CASE(rows_are_due_in_turn_between_organisations)
{
    auto const mine = dataset(3), theirs = dataset(2, other_organization);
    run(blueprint(mine).id, mine, {column("a")});
    run(blueprint(theirs, "r", other_organization).id, theirs, {column("a")}, other_organization);
    auto const turns = [this](std::int64_t most, organization_id after) {
        std::string all;
        for (auto const& row : due(most, after)) all += std::to_string(static_cast<int>(row.organization));
        return all;
    };

    BOOST_TEST(turns(10, {}) == "12121");
    BOOST_TEST(turns(3, default_organization) == "212");
    BOOST_TEST(due(10, {}, 9).empty()); // none is due yet
    auto const first = due(1).front();
    write({.row = first.id, .report = first.report, .cells = {}, .after = row_step::state::running});
    BOOST_TEST(turns(10, {}) == "2121");
}

BOOST_AUTO_TEST_CASE(what_was_under_way_waits_again_and_names_its_call)
{
    auto const of = dataset(1);
    auto const made = run(blueprint(of).id, of, {column("a")});
    auto const id = list_report_columns(db, made.id).value().front().id;
    auto const call = random_uuid().value();
    auto const row = due().front();
    cell_change change{.column = id, .status = cell_status::running};
    change.request = call;
    change.attempts = 1;
    write({.row = row.id, .report = made.id, .cells = {change}, .after = row_step::state::running});
    BOOST_TEST(due().empty());
    BOOST_TEST(told(found(made.id).cells) == "q0 r1 c0 f0");

    BOOST_TEST(requeue_interrupted_rows(db).value() == 1);

    BOOST_TEST(due().size() == 1U);
    auto const content = find_report_row(db, row.id).value();
    BOOST_TEST(content.dataset_cells == "[1]");
    BOOST_REQUIRE(content.cells.size() == 1U);
    BOOST_TEST(content.cells[0].request->text() == call.text());
    BOOST_TEST(content.cells[0].attempts == 1);
    row_step later{.row = row.id, .report = made.id, .next_try_us = 500};
    write(later);
    BOOST_TEST(due().empty());
    BOOST_TEST(due(10, {}, 500).size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_archived_is_not_gone_on_with)
{
    auto const of = dataset(2);
    auto const r = blueprint(of).id;
    auto const made = run(r, of, {column("a")});
    auto const row = due().front();
    write({.row = row.id, .report = made.id, .cells = {}, .after = row_step::state::running});

    BOOST_REQUIRE(delete_report(db, r, 60).has_value());

    BOOST_TEST(due().empty());
    BOOST_TEST(ended_report_rows(db, std::vector{row.id}).value().size() == 1U);
    BOOST_TEST(found(r).is_deleted);
    BOOST_TEST(found(made.id).is_deleted);
    BOOST_TEST(told(found(made.id).cells) == "q0 r0 c0 f2");
    row_step late{.row = row.id, .report = made.id};
    late.cells.push_back({list_report_columns(db, made.id).value().front().id, cell_status::completed, "1"});
    write(late, row_step::state::running); // has no effect
    BOOST_TEST(told(found(made.id).cells) == "q0 r0 c0 f2");
    BOOST_TEST(delete_reports(db, default_organization, "r", 61).value() == 0);
}

BOOST_AUTO_TEST_CASE(blueprints_are_searched)
{
    auto const of = dataset(1);
    blueprint(of, "Apples");
    auto const pears = blueprint(of, "Pears").id;
    BOOST_REQUIRE(create_report(db, default_organization, {"gone", of, {{"s", "e"}}}, 9).has_value());
    run(pears, of, {column("a")});
    blueprint(of, "theirs", other_organization);
    BOOST_TEST(delete_reports(db, default_organization, "gone", 20).value() == 1);
    auto const listed = [this](report_search const& search) {
        std::string all;
        for (auto const& one : search_reports(db, default_organization, search).value()) all += one.name + " ";
        return all + std::to_string(count_reports(db, default_organization, search).value());
    };

    BOOST_TEST(listed({}) == "gone Pears Apples 3");
    BOOST_TEST(listed({.is_deleted = false}) == "Pears Apples 2");
    BOOST_TEST(listed({.name_part = "pEA"}) == "Pears 1");
    BOOST_TEST(listed({.external = external_name{"s", "e"}}) == "gone 1");
    BOOST_TEST(listed({.is_deleted = false, .by = report_order::name, .ascending = true}) == "Apples Pears 2");
    BOOST_TEST(listed({.limit = 1, .offset = 1}) == "Pears 3");
    BOOST_REQUIRE(rename_report(db, pears, "Plums", std::vector<std::string>{"a"}, 30).has_value());
    BOOST_TEST(found(pears).name == "Plums");
    BOOST_TEST(found(pears).tags.front() == "a");
    BOOST_REQUIRE(rename_report(db, pears, std::nullopt, std::vector<std::string>{}, 31).has_value());
    BOOST_TEST(found(pears).name == "Plums");
    BOOST_TEST(found(pears).tags.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
