pragma ComponentBehavior: Bound

import QtQuick
import "../components"
import "../theme"

// One call or alert. Left: where; middle: what and why; right: since when, and the verbs.
FocusScope {
    id: row

    required property int index
    required property string key
    required property string bedId
    required property string number
    required property string icon
    required property string title
    required property string sub
    required property string aim
    required property string todo
    required property string time
    required property string priority
    required property bool flashing
    required property string status
    required property bool accept
    required property bool reinforce
    required property bool handOver
    required property bool open
    // The shape of what is not plain: escalated, latched, snoozed, returned; a call that came direct.
    required property string mark
    required property bool later
    required property bool done
    readonly property string advice: row.aim === "" ? row.todo : row.todo === "" ? row.aim : qsTr("%1. %2").arg(row.aim).arg(row.todo)
    readonly property string beside: row.status === "" || row.sub === "" ? row.advice : row.advice === "" ? row.sub : row.advice + " · " + row.sub
    readonly property bool hollow: row.mark === "latched" || row.mark === "snoozed"
    readonly property color ground: row.hollow ? Theme.sunken : Theme.prioritySoft(row.priority)
    readonly property string markIcon: {
        switch (row.mark) {
        case "escalated":
            return "chevron-double-up";
        case "latched":
            return "pin-outline";
        case "returned":
            return "clock-alert-outline";
        case "direct":
            return "lan-disconnect";
        default:
            return "clock-outline";
        }
    }
    property real numberWidth: Theme.length(90)
    readonly property real smallTitle: Theme.length(18)
    // Beside the time the title would be cut, however small it is: the time stands below it.
    readonly property bool lengthy: smallest.advanceWidth > time.x - title.x - Theme.grid
    // It has just moved: a touch on it is not taken.
    readonly property bool held: settled.enabled
    readonly property list<Item> verbs: [acceptButton, doneButton, laterButton, reinforceButton, handOverButton, openButton]

    signal acceptTouched
    signal reinforceTouched
    signal handOverTouched
    signal openTouched
    signal laterTouched
    signal doneTouched
    signal beyondLeft

    // Gives the keyboard to the n-th verb there is, or to the row's last one.
    function focusButton(place: int) {
        const there = row.verbs.filter(verb => verb.visible && verb.enabled);
        if (there.length === 0)
            row.forceActiveFocus();
        else
            there[Math.min(place, there.length - 1)].forceActiveFocus();
    }
    function stepSide(by: int) {
        const there = row.verbs.filter(verb => verb.visible && verb.enabled);
        const next = there.findIndex(verb => verb.activeFocus) + by;
        if (next < 0)
            row.beyondLeft();
        else if (next < there.length)
            there[next].forceActiveFocus();
    }

    Accessible.name: row.number + " · " + row.title + " · " + row.time
    Accessible.role: Accessible.ListItem
    objectName: "row-" + row.key

    Keys.onLeftPressed: row.stepSide(-1)
    Keys.onPressed: event => {
        // What lies behind the row's opening is reached by key too.
        if (event.key === Qt.Key_O && row.bedId !== "") {
            row.openTouched();
            event.accepted = true;
        }
    }
    Keys.onRightPressed: row.stepSide(1)

    Flasher {
        id: flasher

        active: row.flashing
        priority: row.priority
    }
    Rectangle {
        anchors.fill: parent
        color: body.pressed ? Qt.tint(row.ground, Qt.alpha(Theme.ink, 0.08)) : row.ground
        radius: Theme.radius
    }
    // What is over, or was put off, has a hollow bar; what nobody answered a second one.
    Rectangle {
        color: Theme.priorityColor(row.priority)
        height: row.height
        opacity: flasher.level
        visible: row.mark === "escalated"
        width: Theme.length(5)
        x: bar.width + Theme.length(4)
    }
    Rectangle {
        id: bar

        border.color: Theme.priorityColor(row.priority)
        border.width: Math.max(2, Theme.edge / 2)
        bottomLeftRadius: Theme.radius
        color: row.hollow ? "transparent" : Theme.priorityColor(row.priority)
        height: row.height
        opacity: flasher.level
        topLeftRadius: Theme.radius
        width: Theme.length(14)
    }
    Rectangle {
        anchors.fill: parent
        border.color: Theme.priorityColor(row.priority)
        border.width: row.mark === "escalated" ? Theme.edge : Math.max(1, Theme.edge / 2)
        color: "transparent"
        opacity: flasher.level
        radius: Theme.radius
    }
    TextMetrics {
        id: natural

        font.features: Theme.tabular
        font.pixelSize: Theme.sizeHuge
        font.weight: Theme.black
        text: row.number
    }
    Label {
        id: number

        anchors.left: bar.right
        anchors.leftMargin: Theme.length(12)
        anchors.verticalCenter: parent.verticalCenter
        font.pixelSize: Theme.sizeHuge
        font.weight: Theme.black
        height: font.pixelSize
        horizontalAlignment: Text.AlignHCenter
        objectName: "queueNumber"
        tabular: true
        text: row.number
        // A bed's number is never cut: the longest is drawn smaller, and leaves the title its place.
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Theme.sizeSmall
        width: Math.min(0.25 * row.width, Math.max(row.numberWidth, natural.advanceWidth))
    }
    Icon {
        id: mark

        anchors.left: number.right
        anchors.leftMargin: Theme.length(10)
        anchors.verticalCenter: parent.verticalCenter
        name: row.icon
        size: Theme.length(44)
    }
    TextMetrics {
        id: smallest

        font.pixelSize: row.smallTitle
        font.weight: Theme.bold
        text: row.title
    }
    Label {
        id: title

        anchors.left: mark.right
        anchors.leftMargin: Theme.length(12)
        anchors.right: row.lengthy ? parent.right : time.left
        anchors.rightMargin: row.lengthy ? Theme.length(14) : Theme.grid
        // A device's long name is cut in its middle: what is the matter with it stands behind it.
        elide: Text.ElideMiddle
        font.pixelSize: Theme.length(27)
        font.weight: Theme.bold
        fontSizeMode: Text.HorizontalFit
        height: Theme.length(32)
        minimumPixelSize: row.smallTitle
        objectName: "queueTitle"
        text: row.title
        y: Theme.length(4)
    }
    Label {
        id: time

        anchors.right: parent.right
        anchors.rightMargin: Theme.length(14)
        font.weight: Theme.bold
        objectName: "queueTime"
        tabular: true
        text: row.time
        y: row.lengthy ? title.y + title.height : Math.round(title.y + (title.height - height) / 2)
    }
    // Shape before the words: what was asked again, is over by itself, or was put off.
    Icon {
        id: shape

        anchors.left: title.left
        anchors.verticalCenter: line.verticalCenter
        name: row.markIcon
        objectName: "queueMark"
        size: Theme.sizeBody
        visible: row.mark !== ""
    }
    // The line over the whole width, but for a time below its title: who goes, or what is known. A
    // status is never cut for a verb.
    Label {
        id: line

        anchors.left: shape.visible ? shape.right : title.left
        anchors.leftMargin: shape.visible ? Theme.length(6) : 0
        anchors.right: row.lengthy ? time.left : parent.right
        anchors.rightMargin: row.lengthy ? Theme.grid : Theme.length(14)
        anchors.top: title.bottom
        color: row.status === "" || row.mark === "escalated" || row.mark === "returned" ? Theme.ink : Theme.brand
        elide: Text.ElideRight
        font.pixelSize: Theme.sizeSmall
        font.weight: row.status === "" ? Theme.regular : Theme.bold
        fontSizeMode: row.lengthy ? Text.HorizontalFit : Text.FixedSize
        minimumPixelSize: Theme.length(14)
        objectName: row.status === "" ? "queueSub" : "queueStatus"
        opacity: row.status === "" ? 0.85 : 1
        text: row.status === "" ? row.sub : row.status
    }
    // Beside the verbs: for whom, what to do, and what the line above has no room for.
    Label {
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.length(2)
        anchors.left: title.left
        anchors.right: verbs.left
        anchors.rightMargin: Theme.grid
        anchors.top: line.bottom
        color: Theme.ink
        elide: Text.ElideRight
        font.pixelSize: Theme.sizeSmall
        font.weight: Theme.semibold
        fontSizeMode: Text.Fit
        lineHeight: 0.9
        minimumPixelSize: Theme.length(14)
        objectName: "queueTodo"
        text: row.beside
        visible: text !== ""
        wrapMode: Text.Wrap
    }
    Touch {
        id: body

        enabled: row.bedId !== ""

        onTapped: row.openTouched()
    }
    Row {
        id: verbs

        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.length(8)
        anchors.right: parent.right
        anchors.rightMargin: Theme.length(12)
        spacing: Theme.gap

        TouchButton {
            id: acceptButton

            // Not bound to what it may lose while it has the focus.
            activeFocusOnTab: true
            kind: "primary"
            objectName: "accept-" + row.key
            text: row.mark === "latched" ? qsTr("Noted") : qsTr("I'll go")
            visible: row.accept

            onActivated: row.acceptTouched()
        }
        TouchButton {
            id: doneButton

            activeFocusOnTab: true
            objectName: "done-" + row.key
            text: qsTr("Done")
            visible: row.done

            onActivated: row.doneTouched()
        }
        TouchButton {
            id: laterButton

            activeFocusOnTab: true
            objectName: "later-" + row.key
            text: qsTr("Later")
            visible: row.later

            onActivated: row.laterTouched()
        }
        TouchButton {
            id: reinforceButton

            activeFocusOnTab: true
            objectName: "reinforce-" + row.key
            text: qsTr("Get help")
            visible: row.reinforce

            onActivated: row.reinforceTouched()
        }
        TouchButton {
            id: handOverButton

            activeFocusOnTab: true
            objectName: "handOver-" + row.key
            text: qsTr("Hand over")
            visible: row.handOver

            onActivated: row.handOverTouched()
        }
        TouchButton {
            id: openButton

            activeFocusOnTab: true
            objectName: "open-" + row.key
            text: qsTr("Open")
            visible: row.open

            onActivated: row.openTouched()
        }
    }
    // A row that has just moved under the finger is not what was meant.
    JustMoved {
        id: settled

        anchors.fill: parent
        place: row.y
    }
}
