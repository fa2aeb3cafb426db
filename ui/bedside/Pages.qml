pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../beds"

// What stands in the page's own place, one page at a time.
Item {
    id: pages

    required property BedsideModel model
    readonly property string pageName: pages.model.page
    readonly property bool home: pages.pageName === "home"
    readonly property bool calling: pages.pageName === "call"
    property bool tight: false
    property bool callTight: false
    property bool portrait: false
    // What has no room beside the page goes into it.
    property bool truth: false
    property string drip

    TodayCard {
        anchors.fill: parent
        drip: pages.drip
        model: pages.model
        tight: pages.tight
        visible: pages.home && pages.model.message === ""
    }
    MessageCard {
        anchors.fill: parent
        detail: pages.model.messageDetail
        iconName: pages.model.vacant ? "bed-empty" : "alert-circle-outline"
        text: pages.model.message
        visible: pages.home && pages.model.message !== ""
    }
    CallPage {
        anchors.fill: parent
        call: pages.model.call
        moreText: pages.model.labels.nextPage
        pictures: pages.model.pictures
        question: pages.model.labels.question
        receipts: pages.portrait && !pages.callTight
        tight: pages.callTight
        truth: pages.truth
        visible: pages.calling

        onChosen: reason => pages.model.chooseReason(reason)
    }
    Loader {
        active: pages.pageName === "care"
        anchors.fill: parent

        sourceComponent: CarePage {
            model: pages.model
        }
    }
    Loader {
        active: pages.pageName === "pin"
        anchors.fill: parent

        sourceComponent: PinPage {
            model: pages.model
            whole: pages.portrait
        }
    }
    Loader {
        active: pages.pageName === "team"
        anchors.fill: parent

        sourceComponent: TeamPage {
            model: pages.model
        }
    }
    Loader {
        active: pages.pageName === "comfort"
        anchors.fill: parent

        sourceComponent: ComfortPage {
            model: pages.model
        }
    }
    Loader {
        active: pages.pageName === "board"
        anchors.fill: parent

        sourceComponent: BoardPage {
            model: pages.model
        }
    }
    Loader {
        active: pages.pageName === "question"
        anchors.fill: parent

        sourceComponent: QuestionPage {
            model: pages.model
        }
    }
    Loader {
        active: pages.pageName === "staff"
        anchors.fill: parent

        sourceComponent: StaffPanelView {
            LayoutMirroring.childrenInherit: true
            LayoutMirroring.enabled: pages.model.staffRightToLeft
            labels: pages.model.labels
            names: pages.model.staff
            panel: pages.model.panel
        }
    }
    Loader {
        active: pages.pageName === "turns"
        anchors.fill: parent

        sourceComponent: TurnsPage {
            LayoutMirroring.childrenInherit: true
            LayoutMirroring.enabled: pages.model.staffRightToLeft
            observations: pages.model.labels.observations
            turns: pages.model.turns

            onObservationsTouched: pages.model.show("observations")
        }
    }
    Loader {
        active: pages.pageName === "observations"
        anchors.fill: parent

        sourceComponent: ObservationPage {
            LayoutMirroring.childrenInherit: true
            LayoutMirroring.enabled: pages.model.staffRightToLeft
            model: pages.model
        }
    }
    Loader {
        active: pages.pageName === "setup"
        anchors.fill: parent

        sourceComponent: SetupPage {
            LayoutMirroring.childrenInherit: true
            LayoutMirroring.enabled: pages.model.staffRightToLeft
            setup: pages.model.setup
        }
    }
}
