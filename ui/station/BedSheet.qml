pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// Everything about one bed, over the board and beside the queue.
FocusScope {
    id: page

    required property StationModel model
    readonly property SheetModel sheet: page.model.sheet
    readonly property bool narrow: page.width < Theme.length(900)

    signal closed
    signal beyondRight

    focus: true
    objectName: "sheet"

    Component.onCompleted: page.forceActiveFocus()
    Keys.onDownPressed: page.scrollBy(Theme.length(80))
    Keys.onRightPressed: page.beyondRight()
    Keys.onUpPressed: page.scrollBy(-Theme.length(80))

    function scrollBy(distance: real) {
        left.scrollBy(distance);
        right.scrollBy(distance);
    }

    Card {
        anchors.fill: parent
    }
    SheetHead {
        id: head

        sheet: page.sheet
        width: parent.width

        onClosed: page.closed()
        onOccupantTouched: key => page.model.chooseOccupant(key)
        onUnmaskTouched: page.model.deeds.unmask()
    }
    SheetColumn {
        id: left

        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.top: head.bottom
        objectName: "sheetLeft"
        width: page.narrow ? Math.round(parent.width * 0.4) : Theme.length(384)

        SheetPrecautions {
            sheet: page.sheet
            visible: page.sheet.occupied
            width: parent.width
        }
        SheetText {
            text: page.sheet.team
            title: qsTr("Care team")
            visible: page.sheet.whole
            width: parent.width
        }
        SheetText {
            text: page.sheet.diet
            title: qsTr("Diet")
            visible: page.sheet.whole
            width: parent.width
        }
        SheetAnswers {
            asked: page.model.asked
            visible: page.sheet.whole
            width: parent.width
        }
        SheetPlan {
            sheet: page.sheet
            visible: page.sheet.whole
            width: parent.width
        }
        SheetText {
            objectName: "sheetContacts"
            text: page.model.asked.contacts
            title: page.model.asked.contactsTitle
            visible: page.sheet.whole && text !== ""
            width: parent.width
        }
        SheetPast {
            sheet: page.sheet
            visible: page.sheet.whole || !page.sheet.occupied
            width: parent.width
        }
        SheetPerson {
            deeds: page.model.deeds
            visible: page.sheet.whole
            width: parent.width
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.margin
        anchors.left: left.right
        anchors.top: head.bottom
        color: Theme.line
        width: Theme.hairline
    }
    SheetColumn {
        id: right

        anchors.bottom: parent.bottom
        anchors.left: left.right
        anchors.right: parent.right
        anchors.top: head.bottom
        objectName: "sheetRight"

        SheetOpen {
            deeds: page.model.deeds
            observeVerb: page.model.pad.enterVerb
            sheet: page.sheet
            width: parent.width

            onDoneTouched: key => page.model.beginDone(key)
            onGoTouched: key => page.model.accept(key)
            onLaterTouched: key => page.model.beginSnooze(key)
            onObserveTouched: page.model.enterObservations()
        }
        SheetText {
            objectName: "sheetWrites"
            text: page.model.writes.sheet
            title: page.model.writes.sheetTitle
            visible: page.sheet.whole && text !== ""
            width: parent.width
        }
        SheetLocked {
            visible: page.sheet.occupied && !page.sheet.whole
            width: parent.width

            onTouched: page.model.openPicker()
        }
        SheetTasks {
            tasks: page.model.tasks
            visible: page.sheet.whole
            width: parent.width
        }
        ObservationBar {
            model: page.model
            visible: page.sheet.whole
            width: parent.width
        }
        SheetVitals {
            area: right
            sheet: page.sheet
            visible: page.sheet.whole
            width: parent.width
        }
        SheetDrips {
            sheet: page.sheet
            visible: page.sheet.whole
            width: parent.width
        }
    }
}
