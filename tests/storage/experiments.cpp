// What of experiments is run, and which of their runs count.
#include "storage/experiments.hpp"

#include "storage/collect.hpp"
#include "storage/experiment_runs.hpp"
#include "storage/experiments_v2.hpp"
#include "storage/prompts.hpp"
#include "storage/runs.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <vector>

namespace weir::storage
{
namespace
{

uuid id_of(unsigned char n)
{
    uuid id;
    id.bytes[15] = n;
    return id;
}

/// A prompt, and an experiment on a dataset of two rows (1, 2); a third row (3) is another dataset's.
struct with_experiment : fresh_database {
    created_prompt const prompt = create_prompt(db, default_organization, {"p", "{}", template_of({})}, 1).value();
    uuid const dataset = id_of(100), elsewhere = id_of(101);
    uuid const experiment = create_experiment(db, default_organization, dataset, "{}", 1).value();

    with_experiment()
    {
        for (auto const& id : {dataset, elsewhere})
            BOOST_REQUIRE(db.execute("INSERT INTO dataset (id,organization_id,type,created_us) "
                                     "VALUES (?1,1,'experiment',0)",
                                     id));
        for (unsigned char n = 1; n <= 3; ++n) {
            BOOST_REQUIRE(db.execute("INSERT INTO prompt_input (number,id,organization_id,prompt_version_id,inputs,"
                                     "auto_inputs,created_us) VALUES (?1,?2,1,?3,'{}','[]',0)",
                                     n, id_of(n), prompt.version));
            BOOST_REQUIRE(db.execute("INSERT INTO experiment_dataset_row (id,dataset_id,input_number,created_us) "
                                     "VALUES (?1,?2,?3,0)",
                                     id_of(n), n < 3 ? dataset : elsewhere, n));
        }
    }

    hypothesis add_hypothesis()
    {
        new_hypothesis const wish{.experiment = experiment,
                                  .prompt_version = prompt.version,
                                  .model = "m",
                                  .status = "PENDING",
                                  .provider_key = {}};
        auto const id = create_hypothesis(db, default_organization, wish, 1);
        BOOST_REQUIRE_MESSAGE(id.has_value(), db.message());
        return find_hypothesis(db, default_organization, *id).value();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(experiments_, with_experiment)

BOOST_AUTO_TEST_CASE(the_rows_of_the_dataset_are_run_and_those_that_its_tables_have)
{
    auto const all = rows_to_run(db, default_organization, experiment).value();
    BOOST_TEST_REQUIRE(all.size() == 2U);
    BOOST_TEST((all[0].row == id_of(1) && all[1].row == id_of(2)));
    BOOST_TEST(all[1].input_number == 2);
    BOOST_TEST(rows_to_run(db, other_organization, experiment).value().empty());

    std::array const third{id_of(3)};
    BOOST_TEST((rows_to_run(db, default_organization, experiment, third).error() == errc::not_found));
    BOOST_REQUIRE(db.execute("INSERT INTO experiment_table (id,organization_id,experiment_id,name,metadata,created_us) "
                             "VALUES (x'01',1,?1,'t',json_object('datasetId',?2),0)",
                             experiment, elsewhere.text()));
    BOOST_TEST(rows_to_run(db, default_organization, experiment, third).value().front().input_number == 3);
    BOOST_TEST((rows_to_run(db, other_organization, experiment, third).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(no_more_runs_wait_than_may)
{
    auto const what = add_hypothesis();
    BOOST_REQUIRE(db.execute("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM n WHERE n<?1) INSERT INTO run "
                             "(organization_id,experiment_id,prompt_version_id,input_number,request_id,status,attempts,"
                             "next_try_us,created_us) SELECT 1,?2,?3,1,randomblob(16),'queued',0,0,0 FROM n",
                             most_waiting_runs - 1, experiment, prompt.version));
    std::array const rows{row_to_run{id_of(1), 1}, row_to_run{id_of(2), 2}};

    BOOST_TEST((run_hypothesis(db, default_organization, what, rows, 1).error() == errc::too_large));
    BOOST_TEST(run_hypothesis(db, default_organization, what, std::span(rows).first(1), 1).value() == 1);
}

/// One organisation has ten thousand runs waiting; of another the only one is begun next, whatever the number of
/// places.
BOOST_AUTO_TEST_CASE(organisations_take_turns)
{
    auto const queue = [this](std::int64_t whose, std::int64_t count, std::int64_t at_us) {
        BOOST_REQUIRE(db.execute("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM n WHERE n<?1) INSERT INTO "
                                 "run (organization_id,experiment_id,prompt_version_id,input_number,request_id,status,"
                                 "attempts,next_try_us,created_us) "
                                 "SELECT ?4,?2,?3,1,randomblob(16),'queued',0,?5,0 FROM n",
                                 count, experiment, prompt.version, whose, at_us));
    };
    queue(1, 10'000, 0);
    queue(2, 1, 50);
    queue(3, 3, 100);
    auto const begin = [this](std::int64_t after, std::int64_t most, std::int64_t now_us = 100) {
        std::string whose;
        for (auto const& one : begin_runs(db, now_us, organization_id{after}, most).value())
            whose += std::to_string(static_cast<std::int64_t>(one.organization));
        return whose;
    };
    auto const end_all = [this] { BOOST_REQUIRE(db.execute("UPDATE run SET status='queued' WHERE status='running'")); };

    BOOST_TEST(begin(0, 8) == "12313131");
    end_all();
    BOOST_TEST(begin(1, 1) == "2");
    BOOST_TEST(begin(2, 1) == "3");
    BOOST_TEST(begin(3, 1) == "1");
    BOOST_TEST(begin(3, 2) == "13");
    end_all();
    BOOST_TEST(begin(1, 3, 60) == "211"); // the third's are not due yet
}

BOOST_AUTO_TEST_CASE(the_latest_run_of_each_row_counts)
{
    auto const what = add_hypothesis();
    auto const add = [&](unsigned char id, unsigned char row, std::int64_t at_us) {
        BOOST_REQUIRE(db.execute("INSERT INTO hypothesis_run (id,organization_id,hypothesis_id,dataset_row_id,"
                                 "result_request_id,created_us) VALUES (?1,1,?2,?3,?1,?4)",
                                 id_of(id), what.id, id_of(row), at_us));
    };
    add(1, 1, 10);
    add(2, 2, 20);
    add(3, 1, 30);
    add(4, 1, 5);
    auto const requests = [&](which_runs which, std::int64_t most) {
        std::string all;
        for (auto const& run : list_hypothesis_runs(db, what.id, which, most).value())
            all += std::to_string(static_cast<int>(run.request.value().bytes[15]));
        return all;
    };

    BOOST_TEST(requests(which_runs::all, 100) == "4123");
    BOOST_TEST(requests(which_runs::latest, 100) == "23");
    BOOST_TEST(requests(which_runs::all, 2) == "41");
}

BOOST_AUTO_TEST_CASE(experiments_of_both_kinds_are_the_organisation_s_own)
{
    auto const second = create_experiment_v2(db, default_organization, "e", prompt.version, 1).value();

    for (auto const& id : {experiment, second.id}) {
        BOOST_TEST(require_any_experiment(db, default_organization, id).has_value());
        BOOST_TEST((require_any_experiment(db, other_organization, id).error() == errc::not_found));
    }
    BOOST_REQUIRE(delete_experiment_v2(db, default_organization, second.id, 1));
    BOOST_TEST((require_any_experiment(db, default_organization, second.id).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_copy_of_a_version_is_no_change_to_traffic)
{
    auto const second = create_experiment_v2(db, default_organization, "e", prompt.version, 1).value();

    BOOST_TEST(first_value<std::int64_t>(db.query("SELECT count(DISTINCT coalesce(fingerprint,'')) FROM prompt_version "
                                                  "WHERE id IN (?1,?2)",
                                                  prompt.version, second.copied_version))
                   .value() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
