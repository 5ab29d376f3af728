#pragma once

#include "storage/collect.hpp"
#include "storage/evaluations.hpp"
#include "storage/judgements.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

/// What the tests of evaluators share.
namespace weir::storage
{

/// Two organisations, and an experiment of each kind without outputs.
struct with_evaluators : fresh_database {
    static constexpr organization_id other{2};
    static constexpr std::string_view all_calls = R"({"sampleRate":100,"propertyFilters":[]})";

    uuid const v1 = numbered_uuid(1), v2 = numbered_uuid(2), version = numbered_uuid(3), hypothesis = numbered_uuid(4);
    std::int64_t now_us = 1000;

    with_evaluators()
    {
        run("INSERT INTO organization (id,public_id,name,created_us) VALUES (2,'o2','other',0);"
            "INSERT INTO prompt (id,organization_id,user_defined_id,created_us) VALUES (zeroblob(16),1,'p',0)");
        execute("INSERT INTO prompt_version (id,organization_id,prompt_id,major_version,minor_version,template,"
                "created_us,updated_us) VALUES (?1,1,zeroblob(16),0,0,'{\"m\":1}',0,0)",
                version);
        execute("INSERT INTO experiment (id,organization_id,created_us) VALUES (?1,1,0)", v1);
        execute("INSERT INTO hypothesis (id,organization_id,experiment_id,prompt_version_id,model,status,created_us) "
                "VALUES (?1,1,?2,?3,'m','PENDING',0)",
                hypothesis, v1, version);
        execute("INSERT INTO experiment_v2 (id,organization_id,name,original_version_id,input_keys,created_us) "
                "VALUES (?1,1,'second',?2,'[]',0)",
                v2, version);
    }

    /// A UUID of version 4 that ends with a number.
    static uuid numbered_uuid(unsigned n)
    {
        uuid id;
        id.bytes[6] = 0x40;
        id.bytes[8] = 0x80;
        id.bytes[14] = static_cast<unsigned char>(n / 256);
        id.bytes[15] = static_cast<unsigned char>(n % 256);
        return id;
    }

    void run(std::string const& sql) { BOOST_REQUIRE_MESSAGE(db.execute_script(sql).has_value(), db.message()); }
    template <class... Parameters>
    void execute(std::string_view sql, Parameters const&... parameters)
    {
        BOOST_REQUIRE_MESSAGE(db.execute(sql, parameters...).has_value(), db.message());
    }
    std::int64_t count(std::string const& sql)
    {
        auto const found = first_value<std::int64_t>(db.query(sql));
        BOOST_REQUIRE_MESSAGE(found.has_value(), db.message());
        return *found;
    }

    /// The id of a check of that name, made a little later than the one before.
    uuid made(std::string const& name, organization_id whose = default_organization)
    {
        evaluator what;
        what.name = name;
        for (char const c : name) what.score_name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        what.scoring_type = "CHECK";
        what.code_template = R"({"type":"exists"})";
        auto const added = add_evaluator(db, whose, what, ++now_us);
        BOOST_REQUIRE_MESSAGE(added.has_value(), db.message());
        return added->id;
    }

    /// An output of the experiment of the second kind, on a row of its own.
    void add_output(uuid const& request)
    {
        execute("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,created_us) "
                "VALUES (?1,1,?2,'{}','[]',0)",
                request, version);
        execute("INSERT INTO experiment_output (experiment_id,input_number,prompt_version_id,request_id,is_original,"
                "created_us) SELECT ?1,max(number),?2,?3,0,0 FROM prompt_input",
                v2, version, request);
    }

    /// An output of the experiment of the first kind.
    void add_run(uuid const& request)
    {
        execute("INSERT INTO hypothesis_run (id,organization_id,hypothesis_id,dataset_row_id,result_request_id,"
                "created_us) VALUES (?1,1,?2,?1,?1,0)",
                request, hypothesis);
    }

    void score(uuid const& request, std::string_view key, std::int64_t value, bool is_boolean = false)
    {
        storage::score const given{.key = std::string(key), .value = value, .is_boolean = is_boolean};
        BOOST_REQUIRE_MESSAGE(add_scores(db, default_organization, request, {&given, 1}, 1).has_value(), db.message());
    }
};

} // namespace weir::storage
