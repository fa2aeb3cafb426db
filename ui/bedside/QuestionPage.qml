import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// One question to the patient, its answers as large as they can be; then a word of thanks.
Item {
    id: page

    required property BedsideModel model
    readonly property bool thanked: page.model.askedThanks !== ""

    TilePages {
        anchors.fill: parent
        iconScale: 3.4
        moreText: page.model.labels.nextPage
        prefix: "answer-"
        rows: page.model.askedAnswers
        visible: !page.thanked

        onChosen: key => page.model.answerAsked(key)
    }
    MessageCard {
        anchors.fill: parent
        iconName: "check-circle-outline"
        text: page.model.askedThanks
        visible: page.thanked
    }
}
